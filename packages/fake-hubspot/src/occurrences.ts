import { validationError } from './errors.ts';
import type { KnownEvent } from './event-definition.ts';
import type { Handler } from './exchange.ts';
import type { Hub } from './hub.ts';
import type { ReceivedEvent } from './received.ts';
import { contactOf, hasRecord } from './records.ts';

const DEFAULT_PAGE = 100;

/** An event that can be read back: one that was attached to a record. */
interface Occurrence {
  readonly id: string;
  readonly eventType: string;
  readonly objectType: string;
  readonly objectId: string;
  readonly occurredAt: string;
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * GET /events/v3/events and /events/event-occurrences/{version}. An event that belongs to no record of
 * its type cannot be read at all.
 */
export function listOccurrences(hub: Hub): Handler {
  return ({ call, correlationId }) => {
    const { limit = String(DEFAULT_PAGE), after = '0' } = call.query;
    const size = Number(limit);
    if (!Number.isInteger(size) || size < 1) {
      return validationError(correlationId, [
        { message: 'limit must be a positive integer', in: 'limit' },
      ]);
    }
    const wanted = occurrences(hub).filter(matcher(hub, call.query));
    const start = Number(after) || 0;
    const end = start + size;
    const paging = end < wanted.length ? { paging: { next: { after: String(end) } } } : {};
    return { status: 200, body: { results: wanted.slice(start, end), ...paging } };
  };
}

/** GET …/event-types: the full names that can be asked for. */
export function listEventTypes({ events }: Hub): Handler {
  return () => {
    const known = [...events.values()].filter((event) => !event.archived);
    return { status: 200, body: { eventTypes: known.map((event) => event.fullyQualifiedName) } };
  };
}

function occurrences(hub: Hub): Occurrence[] {
  const { config, journal, events, lost } = hub;
  const visibleUntil = config.now() - config.switches.readBackDelayMs;
  const newestFirst = journal.received((event) => event.receivedAt <= visibleUntil).reverse();
  return newestFirst.flatMap((event) => {
    const known = events.get(event.eventName);
    const objectType = known?.primaryObject ?? 'CONTACT';
    const objectId = recordOf(event, known, hub);
    if (objectId === undefined || known?.archived || lost.has(event.uuid)) return [];
    const { eventName: eventType, occurredAt, properties } = event;
    const id = config.switches.occurrenceId === 'uuid' ? event.uuid : `occurrence-${event.uuid}`;
    return [
      {
        id,
        eventType,
        objectType,
        objectId,
        occurredAt,
        properties,
      },
    ];
  });
}

/** In HubSpot's order: custom matching property, objectId, email, utk; the last two name contacts only. */
function recordOf(
  { properties, objectId, email, utk }: ReceivedEvent,
  known: KnownEvent | undefined,
  hub: Hub,
): string | undefined {
  const { contacts } = hub.config;
  const { customMatchingProperty: matching, primaryObject = 'CONTACT' } = known ?? {};
  if (matching !== undefined && properties[matching]) return properties[matching];
  if (objectId !== undefined) return hasRecord(hub, primaryObject, objectId) ? objectId : undefined;
  if (primaryObject !== 'CONTACT') return undefined;
  if (email !== undefined) return contacts.find((contact) => sameText(contact.email, email))?.id;
  return contactOf(contacts, utk)?.id;
}

function matcher({ config }: Hub, query: Readonly<Record<string, string>>) {
  const { eventType, objectId, objectType, occurredAfter, occurredBefore, id } = query;
  const email = query['objectProperty.email'];
  const wantedId =
    objectId ?? (email && config.contacts.find((one) => sameText(one.email, email))?.id);
  const properties = Object.entries(query)
    .filter(([name]) => name.startsWith('property.'))
    .map(([name, value]) => [name.slice('property.'.length), value] as const);
  return (occurrence: Occurrence) =>
    (eventType === undefined || occurrence.eventType === eventType) &&
    (id === undefined || occurrence.id === id) &&
    (objectType === undefined || sameText(occurrence.objectType, objectType)) &&
    (objectId === undefined && email === undefined ? true : occurrence.objectId === wantedId) &&
    (occurredAfter === undefined ||
      Date.parse(occurrence.occurredAt) >= Date.parse(occurredAfter)) &&
    (occurredBefore === undefined ||
      Date.parse(occurrence.occurredAt) <= Date.parse(occurredBefore)) &&
    properties.every(([name, value]) => occurrence.properties[name] === value);
}

function sameText(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toLowerCase() === other?.toLowerCase();
}
