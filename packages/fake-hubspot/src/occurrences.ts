import { validationError } from './errors.ts';
import type { Handler } from './exchange.ts';
import type { Hub } from './hub.ts';
import type { Contact } from './options.ts';
import type { ReceivedEvent } from './received.ts';

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
 * GET /events/v3/events and /events/event-occurrences/{version}. An event whose `utk` or `email` belongs to no contact
 * cannot be read at all.
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

function occurrences({ config, journal, events }: Hub): Occurrence[] {
  const visibleUntil = config.now() - config.switches.readBackDelayMs;
  const newestFirst = journal.received((event) => event.receivedAt <= visibleUntil).reverse();
  return newestFirst.flatMap((event) => {
    const known = events.get(event.eventName);
    const objectId = recordOf(event, known?.customMatchingProperty, config.contacts);
    if (objectId === undefined || known?.archived) return [];
    const { eventName: eventType, occurredAt, properties } = event;
    // Whether HubSpot's id is the uuid that was sent is not documented, so here it is not.
    const id = `occurrence-${event.uuid}`;
    return [
      {
        id,
        eventType,
        objectType: known?.primaryObject ?? 'CONTACT',
        objectId,
        occurredAt,
        properties,
      },
    ];
  });
}

/** In HubSpot's order: custom matching property, objectId, email, utk. */
function recordOf(
  { properties, objectId, email, utk }: ReceivedEvent,
  matching: string | undefined,
  contacts: readonly Contact[],
): string | undefined {
  if (matching !== undefined && properties[matching]) return properties[matching];
  if (objectId !== undefined) return objectId;
  if (email !== undefined) return contacts.find((contact) => sameText(contact.email, email))?.id;
  return contacts.find((contact) => contact.utks?.some((one) => sameText(one, utk)))?.id;
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
