import {
  MAX_EVENT_NAME_LENGTH,
  MAX_EVENTS_PER_REQUEST,
  MAX_PROPERTIES_PER_EVENT,
} from './limits.ts';
import {
  isPropertyName,
  isQualifiedEventName,
  isRandomUuid,
  isShortEventName,
  isUtk,
  isUuid,
} from './names.ts';
import type {
  Issue,
  Properties,
  PropertyValue,
  Rejection,
  RejectionCode,
  WireBatch,
  WireEvent,
} from './wire.ts';

/** A batch that can be worked on. Events that cannot be accepted as they are are set aside, the rest go on. */
export interface ParsedBatch {
  readonly ok: true;
  readonly batch: WireBatch;
  /** Where each event of the batch stood in the request: those set aside have left gaps. */
  readonly positions: readonly number[];
  readonly rejected: readonly Rejection[];
  /** What was repaired rather than refused: a malformed `utk`, a property that cannot be sent. */
  readonly notes: readonly Issue[];
}

/** A body that is no batch at all: nothing of it can be accepted. */
export interface UnparsableBatch {
  readonly ok: false;
  readonly issues: readonly Issue[];
}

/**
 * Turns any value into a batch or into issues. It never throws, reads own properties only and builds
 * new objects, so a `__proto__` key in the input cannot reach a prototype. One bad event does not
 * fail the others: a batch holds the work of several `track()` calls that know nothing of each other.
 */
export function parseBatch(input: unknown): ParsedBatch | UnparsableBatch {
  const body = asRecord(input);
  if (!body) return unparsable('', 'must be a JSON object with "sentAt" and "events"');

  const issues: Issue[] = [];
  const sentAt = own(body, 'sentAt');
  if (!isEpochMs(sentAt)) issues.push({ path: 'sentAt', message: 'must be epoch milliseconds' });

  const identity = own(body, 'identity');
  if (identity !== undefined && typeof identity !== 'string') {
    issues.push({ path: 'identity', message: 'must be a JWT string, or be left out' });
  }

  const challenge = own(body, 'challenge');
  if (challenge !== undefined && typeof challenge !== 'string') {
    issues.push({
      path: 'challenge',
      message: 'must be the answer of a challenge, or be left out',
    });
  }

  const events = own(body, 'events');
  if (!Array.isArray(events) || events.length === 0) {
    issues.push({ path: 'events', message: 'must be an array of at least one event' });
  } else if (events.length > MAX_EVENTS_PER_REQUEST) {
    issues.push({
      path: 'events',
      message: `has ${events.length} events; send at most ${MAX_EVENTS_PER_REQUEST} in one request`,
    });
  }
  if (issues.length > 0) return { ok: false, issues };

  const notes: Issue[] = [];
  const utk = own(body, 'utk');
  if (utk !== undefined && !isUtk(utk)) {
    notes.push({ path: 'utk', message: 'is not 32 lower-case hex digits and was left out' });
  }

  const accepted: WireEvent[] = [];
  const positions: number[] = [];
  const rejected: Rejection[] = [];
  for (const [index, item] of (events as unknown[]).entries()) {
    const event = parseEvent(item, index, notes);
    if ('code' in event) {
      rejected.push(event);
      continue;
    }
    accepted.push(event);
    positions.push(index);
  }

  return {
    ok: true,
    positions,
    rejected,
    notes,
    batch: {
      sentAt: sentAt as number,
      ...(isUtk(utk) && { utk }),
      ...(typeof identity === 'string' && { identity }),
      ...(typeof challenge === 'string' && { challenge }),
      events: accepted,
    },
  };
}

function parseEvent(item: unknown, index: number, notes: Issue[]): WireEvent | Rejection {
  const event = asRecord(item);
  const uuid = event && own(event, 'uuid');
  const reject = (code: RejectionCode, message: string): Rejection => ({
    ...(isUuid(uuid) && { uuid }),
    index,
    code,
    message,
  });

  if (!event) return reject('invalid_event', 'must be an object');
  if (!isRandomUuid(uuid)) {
    return reject('invalid_event', 'uuid must be a random UUID (version 4 or 7) in lower case');
  }

  for (const field of ['email', 'objectId']) {
    if (own(event, field) !== undefined) {
      return reject(
        'invalid_event',
        `${field} cannot be set by a page: anyone could write on any contact. Sign it into "identity" on your server`,
      );
    }
  }

  const eventName = own(event, 'eventName');
  if (typeof eventName !== 'string' || eventName.length > MAX_EVENT_NAME_LENGTH) {
    return reject('invalid_event_name', 'eventName must be a string such as "signup"');
  }
  if (!isShortEventName(eventName) && !isQualifiedEventName(eventName)) {
    return reject(
      'invalid_event_name',
      `"${eventName}" is not a valid event name: start with a lower-case letter, then up to 49 of a-z, 0-9, _ and -`,
    );
  }

  const occurredAt = own(event, 'occurredAt');
  if (!isEpochMs(occurredAt)) {
    return reject('invalid_event', 'occurredAt must be epoch milliseconds');
  }

  const properties = parseProperties(
    own(event, 'properties'),
    `events[${index}].properties`,
    notes,
  );
  return { uuid, eventName, properties, occurredAt };
}

/** A property that cannot be sent is left out and noted: the event itself is worth more than one of its details. */
function parseProperties(input: unknown, path: string, notes: Issue[]): Properties {
  const properties: Record<string, PropertyValue> = Object.create(null);
  if (input === undefined || input === null) return properties;
  const record = asRecord(input);
  if (!record) {
    notes.push({ path, message: 'must be an object; the event goes on without properties' });
    return properties;
  }

  let kept = 0;
  for (const name of Object.keys(record)) {
    const problem = propertyProblem(name, record[name], kept);
    if (problem)
      notes.push({ path: `${path}.${name.slice(0, 60)}`, message: `${problem}; left out` });
    else {
      properties[name] = record[name] as PropertyValue;
      kept += 1;
    }
  }
  return properties;
}

function propertyProblem(name: string, value: unknown, kept: number): string | undefined {
  if (!isPropertyName(name)) {
    return 'a property name is a lower-case letter, then at most 49 of a-z, 0-9, _ and -';
  }
  if (!isPropertyValue(value)) {
    return 'a value is a string, a finite number, a boolean, null or an array of strings';
  }
  if (kept >= MAX_PROPERTIES_PER_EVENT) {
    return `HubSpot takes at most ${MAX_PROPERTIES_PER_EVENT} properties on an event`;
  }
  return undefined;
}

/** Whether a page or a server may put this into a property. */
export function isPropertyValue(value: unknown): value is PropertyValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Within what `Date` can represent, so that no later step can throw a RangeError. */
function isEpochMs(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 8.64e15;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function unparsable(path: string, message: string): UnparsableBatch {
  return { ok: false, issues: [{ path, message }] };
}
