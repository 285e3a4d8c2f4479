import {
  isPropertyName,
  isPropertyValue,
  isUtk,
  isUuid,
  MAX_EVENT_NAME_LENGTH,
  MAX_PROPERTIES_PER_EVENT,
  type Properties,
  type PropertyValue,
} from '@hubrelay/protocol';
import { isEmail, isObjectId } from '../identity/claims.ts';
import { toDatetime } from '../policy/date-value.ts';
import type { Subject } from '../receive/subject.ts';
import type { HubSpotErrorDetail } from './hubspot-error.ts';

/** One event as a server sent it. */
export interface SendInput {
  readonly eventName: string;
  readonly properties: Properties;
  /** Absent: the relay mints one, and a repetition of the call counts twice. */
  readonly uuid?: string;
  /** ISO 8601. Absent: now. */
  readonly occurredAt?: string;
  readonly subject: Subject;
}

export type ParsedSend =
  | { readonly ok: true; readonly inputs: readonly SendInput[] }
  | { readonly ok: false; readonly errors: readonly HubSpotErrorDetail[] };

/** HubSpot's own limit of a batch. */
export const MAX_INPUTS = 500;

/** Reads the body of `/send` (one event) or `/send/batch` (`{"inputs": […]}`), by HubSpot's specification. Never throws. */
export function parseSendBody(body: unknown, isBatch: boolean): ParsedSend {
  if (!isBatch) return collect([parseInput(body, '')]);
  const inputs = asRecord(body)?.inputs;
  if (!Array.isArray(inputs) || inputs.length === 0) {
    return fail({ in: 'inputs', message: 'must be an array of at least one event' });
  }
  if (inputs.length > MAX_INPUTS) {
    const message = `has ${inputs.length} events; send at most ${MAX_INPUTS} in one call`;
    return fail({ in: 'inputs', message });
  }
  return collect(inputs.map((input, index) => parseInput(input, `inputs[${index}].`)));
}

function collect(parsed: readonly (SendInput | HubSpotErrorDetail[])[]): ParsedSend {
  const errors = parsed.flatMap((result) => (Array.isArray(result) ? result : []));
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, inputs: parsed as SendInput[] };
}

function fail(error: HubSpotErrorDetail): ParsedSend {
  return { ok: false, errors: [error] };
}

/** Fields that are null count as not there: many a client writes all it knows. */
function parseInput(input: unknown, at: string): SendInput | HubSpotErrorDetail[] {
  const event = asRecord(input);
  if (!event) return [{ in: at.slice(0, -1), message: 'must be an object' }];
  const errors: HubSpotErrorDetail[] = [];
  const read = <T>(field: string, parse: (value: unknown) => T | undefined, expected: string) => {
    const value = Object.hasOwn(event, field) ? event[field] : undefined;
    if (value === undefined || value === null) return undefined;
    const parsed = parse(value);
    if (parsed === undefined) errors.push({ in: `${at}${field}`, message: `must be ${expected}` });
    return parsed;
  };

  const eventName = read('eventName', toEventName, 'an event name such as pe1234567_signup');
  const uuid = read('uuid', toUuid, 'a UUID');
  const occurredAt = read('occurredAt', toOccurredAt, 'ISO 8601 with time zone, or epoch ms');
  const email = read('email', toEmail, 'an e-mail address');
  const objectId = read('objectId', toObjectId, 'the ID of a record');
  const utk = read('utk', toUtk, 'the value of a hubspotutk cookie: 32 hex digits');
  const properties = read('properties', toRecord, 'an object');
  if (eventName === undefined && errors.length === 0) {
    errors.push({ in: `${at}eventName`, message: 'is required' });
  }
  errors.push(...propertyErrors(properties ?? {}, `${at}properties`));
  if (errors.length > 0 || eventName === undefined) return errors;
  return {
    eventName,
    properties: copyOf(properties ?? {}),
    ...(uuid && { uuid }),
    ...(occurredAt && { occurredAt }),
    subject: { ...(utk && { utk }), ...(email && { email }), ...(objectId && { objectId }) },
  };
}

function propertyErrors(properties: Record<string, unknown>, at: string): HubSpotErrorDetail[] {
  const names = Object.keys(properties);
  if (names.length > MAX_PROPERTIES_PER_EVENT) {
    return [{ in: at, message: `has ${names.length}; HubSpot takes ${MAX_PROPERTIES_PER_EVENT}` }];
  }
  return names.flatMap((name) => {
    const where = `${at}.${name.slice(0, 60)}`;
    if (!isPropertyName(name)) return [{ in: where, message: 'is no name of a property' }];
    if (isPropertyValue(properties[name])) return [];
    return [{ in: where, message: 'must be a string, a finite number, a boolean or strings' }];
  });
}

/** Without the prototype of Object, whose names are names of properties too. */
function copyOf(properties: Record<string, unknown>): Properties {
  return Object.assign(Object.create(null), properties) as Record<string, PropertyValue>;
}

function toEventName(value: unknown): string | undefined {
  const isText = typeof value === 'string' && value.length > 0;
  return isText && value.length <= MAX_EVENT_NAME_LENGTH ? value : undefined;
}

function toUuid(value: unknown): string | undefined {
  const lower = typeof value === 'string' ? value.toLowerCase() : value;
  return isUuid(lower) ? lower : undefined;
}

function toOccurredAt(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? toDatetime(value) : undefined;
}

function toEmail(value: unknown): string | undefined {
  return isEmail(value) ? value : undefined;
}

function toObjectId(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return isObjectId(text) ? text : undefined;
}

function toUtk(value: unknown): string | undefined {
  const lower = typeof value === 'string' ? value.toLowerCase() : value;
  return isUtk(lower) ? lower : undefined;
}

function toRecord(value: unknown): Record<string, unknown> | undefined {
  return asRecord(value);
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
