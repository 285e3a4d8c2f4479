import type { ErrorDetail } from './errors.ts';
import { fullyQualifiedName, type KnownEvent } from './event-definition.ts';
import { occurredAtIso } from './occurred-at.ts';
import type { Switches } from './switches.ts';
import { isUuid, validIdentifiers } from './validate-identity.ts';
import { type StringMap, validProperties } from './validate-properties.ts';

/** An event that HubSpot would take. */
export interface ValidEvent {
  /** Lower case. Absent when the sender gave none and HubSpot is to mint it. */
  readonly uuid: string | undefined;
  readonly eventName: string;
  readonly properties: StringMap;
  readonly utk: string | undefined;
  readonly email: string | undefined;
  readonly objectId: string | undefined;
  /** ISO 8601 in UTC with milliseconds. */
  readonly occurredAt: string;
}

/** What the rules depend on beside the event itself. */
export interface Rules {
  readonly hubId: string;
  readonly switches: Switches;
  readonly events: ReadonlyMap<string, KnownEvent>;
  readonly isKnownUtk: (utk: string) => boolean;
  readonly now: number;
}

export type Verdict =
  | { readonly kind: 'valid'; readonly event: ValidEvent }
  /** Breaks rules: 400 (or 404) with a category. */
  | { readonly kind: 'invalid'; readonly status: number; readonly errors: readonly ErrorDetail[] }
  /** Cannot be deserialized: 400 without a category. */
  | { readonly kind: 'unreadable'; readonly reason: string };

const fields = ['eventName', 'properties', 'email', 'objectId', 'occurredAt', 'utk', 'uuid'];

/** Checks one event against everything HubSpot documents. Pure. */
export function validateEvent(input: unknown, rules: Rules): Verdict {
  const unreadable = unreadableReason(input);
  if (unreadable !== undefined) return { kind: 'unreadable', reason: unreadable };
  const item = input as Record<string, unknown>;

  const errors: ErrorDetail[] = [];
  const report = (message: string, code: string, field: string) =>
    errors.push({ message, code, context: { propertyName: [field] } });

  if (rules.switches.unknownField === 'reject') {
    for (const field of Object.keys(item)) {
      if (!fields.includes(field)) report(`Unrecognized field "${field}"`, 'UNKNOWN_FIELD', field);
    }
  }

  const eventName = item.eventName as string;
  const known = rules.events.get(eventName);
  const unknown = known && !known.archived ? undefined : unknownEventError(eventName, rules);
  if (unknown) errors.push(unknown.detail);

  const properties = validProperties(
    item.properties as Record<string, unknown>,
    known,
    rules,
    report,
  );
  const identifiers = validIdentifiers(item, properties, known, rules, report);
  if (item.uuid !== undefined && !isUuid(item.uuid))
    report('uuid is not a valid UUID', 'INVALID_UUID', 'uuid');
  const occurredAt = occurredAtIso(item.occurredAt, rules, report);

  if (errors.length > 0) return { kind: 'invalid', status: unknown?.status ?? 400, errors };
  const uuid = (item.uuid as string | undefined)?.toLowerCase();
  return { kind: 'valid', event: { uuid, eventName, properties, ...identifiers, occurredAt } };
}

/** What stops a JSON value from becoming the request type at all, in the words of the deserializer. */
function unreadableReason(input: unknown): string | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return cannotDeserialize('BehavioralEventHttpCompletionRequest', input);
  }
  const item = input as Record<string, unknown>;
  const missing = ['eventName', 'properties'].filter(
    (field) => item[field] === undefined || item[field] === null,
  );
  if (missing.length > 0) return `Some required fields were not set: [${missing.join(', ')}]`;
  if (typeof item.properties !== 'object' || Array.isArray(item.properties)) {
    return cannotDeserialize('Map<String, String>', item.properties);
  }
  for (const field of ['eventName', 'email', 'objectId', 'utk', 'uuid']) {
    if (item[field] !== undefined && typeof item[field] !== 'string') {
      return cannotDeserialize('String', item[field]);
    }
  }
  return undefined;
}

/** As Jackson words it, which is what HubSpot's answers show. */
export function cannotDeserialize(type: string, value: unknown): string {
  const token = Array.isArray(value) ? 'Array' : value === null ? 'Null' : typeof value;
  return `Cannot deserialize value of type \`${type}\` from ${token} value`;
}

const eventNamePattern = /^pe\d+_[a-z][a-z0-9_-]{0,49}$/;

function unknownEventError(
  eventName: string,
  { hubId, switches }: Rules,
): { status: number; detail: ErrorDetail } | undefined {
  const context = { eventName: [eventName] };
  if (!eventNamePattern.test(eventName)) {
    const message = `"${eventName}" is not a fully qualified event name (pe{HubID}_{name})`;
    return { status: 400, detail: { message, code: 'INVALID_EVENT_NAME', context } };
  }
  if (!eventName.startsWith(fullyQualifiedName(hubId, ''))) {
    const message = `Event "${eventName}" does not belong to account ${hubId}`;
    return { status: 400, detail: { message, code: 'INVALID_EVENT_NAME', context } };
  }
  if (switches.unknownEvent === 'accept') return undefined;
  const message = `No event definition exists with name "${eventName}"`;
  return { status: switches.unknownEvent, detail: { message, code: 'EVENT_NOT_FOUND', context } };
}
