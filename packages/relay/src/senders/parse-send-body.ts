import {
  isQualifiedEventName,
  isShortEventName,
  isUtk,
  isUuid,
  type Properties,
} from '@hubrelay/protocol';
import { isEmail, toObjectId } from '../identity/claims.ts';
import type { Subject } from '../identity/subject.ts';
import type { HubSpotErrorDetail } from './hubspot-error.ts';
import { toOccurredAt } from './occurred-at.ts';
import { parseProperties } from './parse-properties.ts';

/** One event as a server sent it. */
export interface SendInput {
  readonly eventName: string;
  readonly properties: Properties;
  /** Absent: the relay mints one, and a repetition of the call counts twice. */
  readonly uuid?: string;
  /** ISO 8601. Absent: now. */
  readonly occurredAt?: string;
  readonly subject: Subject;
  /** What was changed or left out on the way: the sender is told. */
  readonly notes: readonly HubSpotErrorDetail[];
}

/** The clock, because a moment that lies ahead is moved to now. */
export interface ParseOptions {
  readonly isBatch: boolean;
  readonly receivedAtMs: number;
}

export type ParsedSend =
  | { readonly ok: true; readonly inputs: readonly SendInput[] }
  | { readonly ok: false; readonly errors: readonly HubSpotErrorDetail[] };

/** HubSpot's own limit of a batch. */
export const MAX_INPUTS = 500;

/** Reads the body of `/send` (one event) or `/send/batch` (`{"inputs": […]}`), by HubSpot's specification. Never throws. */
export function parseSendBody(body: unknown, { isBatch, receivedAtMs }: ParseOptions): ParsedSend {
  if (!isBatch) return collect([parseInput(body, '', receivedAtMs)]);
  const inputs = asRecord(body)?.inputs;
  if (!Array.isArray(inputs) || inputs.length === 0) {
    return fail({ in: 'inputs', message: 'must be an array of at least one event' });
  }
  if (inputs.length > MAX_INPUTS) {
    const message = `has ${inputs.length} events; send at most ${MAX_INPUTS} in one call`;
    return fail({ in: 'inputs', message });
  }
  return collect(
    inputs.map((input, index) => parseInput(input, `inputs[${index}].`, receivedAtMs)),
  );
}

function collect(parsed: readonly (SendInput | HubSpotErrorDetail[])[]): ParsedSend {
  const errors = parsed.flatMap((result) => (Array.isArray(result) ? result : []));
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, inputs: parsed as SendInput[] };
}

function fail(error: HubSpotErrorDetail): ParsedSend {
  return { ok: false, errors: [error] };
}

/**
 * Fields that are null or empty count as not there: many a client writes all it knows. What HubSpot would not need is left out
 * with a note rather than refused: one event must not cost its whole batch.
 */
function parseInput(
  input: unknown,
  at: string,
  receivedAtMs: number,
): SendInput | HubSpotErrorDetail[] {
  const event = asRecord(input);
  if (!event) return [{ in: at.slice(0, -1), message: 'must be an object' }];
  const errors: HubSpotErrorDetail[] = [];
  const notes: HubSpotErrorDetail[] = [];
  const given = (field: string) => (Object.hasOwn(event, field) ? event[field] : undefined);
  const read = <T>(field: string, parse: (value: unknown) => T | undefined, expected: string) => {
    const value = given(field);
    if (value === undefined || value === null || value === '') return undefined;
    const parsed = parse(value);
    if (parsed === undefined) errors.push({ in: `${at}${field}`, message: `must be ${expected}` });
    return parsed;
  };

  const eventName = read('eventName', toEventName, EVENT_NAME);
  const uuid = read('uuid', toUuid, 'a UUID');
  const toMoment = (value: unknown) => toOccurredAt(value, receivedAtMs);
  const moment = read('occurredAt', toMoment, 'ISO 8601 or epoch milliseconds');
  const email = read('email', toEmail, 'an e-mail address');
  const objectId = read('objectId', toObjectId, 'the ID of a record');
  const utk = toUtk(given('utk'));
  if (utk === undefined && isSet(given('utk'))) {
    const problem = {
      in: `${at}utk`,
      message: 'must be the value of a hubspotutk cookie: 32 hex digits',
    };
    // HubSpot looks at it last, after objectId and email.
    if (email ?? objectId) notes.push({ ...problem, message: `${problem.message}; left out` });
    else errors.push(problem);
  }
  if (moment?.note) notes.push({ in: `${at}occurredAt`, message: moment.note });
  const { properties, ...found } = parseProperties(given('properties'), `${at}properties`);
  errors.push(...found.errors);
  notes.push(...found.notes);
  if (eventName === undefined && errors.length === 0) {
    errors.push({ in: `${at}eventName`, message: 'is required' });
  }
  if (errors.length > 0 || eventName === undefined) return errors;
  return {
    eventName,
    properties,
    ...(uuid && { uuid }),
    ...(moment && { occurredAt: moment.iso }),
    subject: { ...(utk && { utk }), ...(email && { email }), ...(objectId && { objectId }) },
    notes,
  };
}

const EVENT_NAME =
  'an event name such as pe1234567_signup: start with a lower-case letter, then up to 49 of a-z, 0-9, _ and -';

/** The same rule as for pages: HubSpot gives no other names. */
function toEventName(value: unknown): string | undefined {
  const isName =
    typeof value === 'string' && (isShortEventName(value) || isQualifiedEventName(value));
  return isName ? value : undefined;
}

function toUuid(value: unknown): string | undefined {
  const lower = typeof value === 'string' ? value.toLowerCase() : value;
  return isUuid(lower) ? lower : undefined;
}

function toEmail(value: unknown): string | undefined {
  return isEmail(value) ? value : undefined;
}

function toUtk(value: unknown): string | undefined {
  const lower = typeof value === 'string' ? value.toLowerCase() : value;
  return isUtk(lower) ? lower : undefined;
}

const isSet = (value: unknown) => value !== undefined && value !== null && value !== '';

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
