import { isQualifiedEventName } from '@hubrelay/protocol';
import * as v from 'valibot';
import { serverUuid } from '../outbox/event-key.ts';

/** What an owner may write to choose events: shared by the orders about dead letters and about pending events. */
export const time = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
  v.transform((text) => Date.parse(text)),
);

export const uuids = v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(1_000));

/** In a query: with commas between them. */
export const uuidsInQuery = v.pipe(
  v.string(),
  v.transform((text) => text.split(',')),
  v.maxLength(1_000),
  v.transform((asked) => asked.flatMap(uuidsOf)),
);

/**
 * Under which an event with this uuid may be stored: a server knows its event by its own, and may look for it by that. For
 * looking only: an order is about the uuids that it names.
 */
export const uuidsOf = (uuid: string): string[] => [uuid, serverUuid(uuid)];

/** Events of other names may have the same uuid. */
export const MOST_OF_A_UUID = 20;

/** The one with the very uuid that was asked for, or else the server's event of it. */
export function oneOf<T extends { readonly event: { readonly uuid: string } }>(
  found: readonly T[],
  uuid: string,
): T | undefined {
  return found.find(({ event }) => event.uuid === uuid) ?? found[0];
}

export const limit = v.pipe(
  v.string(),
  v.transform(Number),
  v.integer(),
  v.minValue(1),
  v.maxValue(500),
);

const TIME = 'must be a time by ISO 8601, such as 2026-05-01T00:00:00Z';

/** What each field may be, in words. */
export const ALLOWED: Readonly<Record<string, string>> = {
  uuids: 'must be a list of 1 to 1,000 uuids',
  eventName: 'must be the name of an event, such as signup or pe1234567_signup',
  after: TIME,
  before: TIME,
  all: 'must be true',
  limit: 'must be a whole number from 1 to 500',
  cursor: 'must be the "next" of the page before',
};

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** Gives a short event name the Hub ID of the relay: what is stored has full names. */
export function withFullName<T extends { readonly eventName?: string }>(
  parsed: Parsed<T>,
  hubId: string | undefined,
): Parsed<T> {
  if (!parsed.ok) return parsed;
  const { eventName } = parsed.value;
  if (eventName === undefined || isQualifiedEventName(eventName)) return parsed;
  if (hubId === undefined) {
    const problem = `The relay knows no Hub ID: set HUBSPOT_HUB_ID, or give the full name of "${eventName.slice(0, 60)}", such as pe1234567_signup.`;
    return { ok: false, problem };
  }
  return { ok: true, value: { ...parsed.value, eventName: `pe${hubId}_${eventName}` } };
}

export interface Words {
  readonly allowed: Readonly<Record<string, string>>;
  /** What to give when nothing was given. */
  readonly which: string;
}

/** Of the first mistake, with what is allowed instead. */
export function sentence(
  issues: readonly v.BaseIssue<unknown>[],
  fields: object,
  { allowed, which }: Words,
): string {
  const [key] = issues[0]?.path ?? [];
  if (key === undefined) return which;
  const name = String(key.key).slice(0, 60);
  const words = allowed[name];
  if (words !== undefined && Object.hasOwn(fields, name)) return `"${name}" ${words}.`;
  return `"${name}" is not known here: give ${Object.keys(fields).join(', ')}.`;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

export function withoutUndefined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
