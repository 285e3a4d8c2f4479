import * as v from 'valibot';
import { CURSOR } from '../outbox/dead-letter-rows.ts';
import type { DeadFilter, DeadQuery } from '../outbox/outbox.ts';

const reasons = ['refused_by_hubspot', 'expired', 'rejected_by_policy'] as const;

/** What each field may be, in words. */
const ALLOWED: Readonly<Record<string, string>> = {
  uuids: 'must be a list of 1 to 1,000 uuids',
  reason: `must be one of ${reasons.join(', ')}`,
  eventName: 'must be the full name of an event, such as pe1234567_signup',
  after: 'must be a time by ISO 8601, such as 2026-05-01T00:00:00Z',
  before: 'must be a time by ISO 8601, such as 2026-05-01T00:00:00Z',
  all: 'must be true',
  limit: 'must be a whole number from 1 to 500',
  cursor: 'must be the "next" of the page before',
};

const time = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
  v.transform((text) => Date.parse(text)),
);

const conditions = {
  uuids: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(1_000))),
  reason: v.optional(v.picklist(reasons)),
  eventName: v.optional(v.string()),
  after: v.optional(time),
  before: v.optional(time),
};

/** Which dead letters an order is about. `{}` is refused: whoever means every one of them says `{ "all": true }`. */
const orderSchema = v.pipe(
  v.strictObject({ ...conditions, all: v.optional(v.literal(true)) }),
  v.check((order) => Object.keys(order).length > 0),
);

const WHICH =
  'Say which dead letters: a JSON object with uuids, reason, eventName, after or before, or { "all": true }.';

const querySchema = v.strictObject({
  ...conditions,
  uuids: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(',')),
      v.maxLength(1_000),
    ),
  ),
  limit: v.optional(
    v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(1), v.maxValue(500)),
    '50',
  ),
  cursor: v.optional(v.pipe(v.string(), v.regex(CURSOR))),
});

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** @param body of `POST …/replay` and `…/purge` */
export function parseOrder(body: unknown): Parsed<DeadFilter> {
  const parsed = v.safeParse(orderSchema, body);
  if (!parsed.success) return { ok: false, problem: sentence(parsed.issues, orderSchema.entries) };
  const { all: _, ...filter } = parsed.output;
  return { ok: true, value: withoutUndefined(filter) };
}

/** @param search the query of `GET …/dead` */
export function parseQuery(search: Record<string, string>): Parsed<DeadQuery> {
  const parsed = v.safeParse(querySchema, search);
  if (!parsed.success) return { ok: false, problem: sentence(parsed.issues, querySchema.entries) };
  return { ok: true, value: withoutUndefined(parsed.output) };
}

/** Of the first mistake, with what is allowed instead. */
function sentence(issues: readonly v.BaseIssue<unknown>[], fields: object): string {
  const [key] = issues[0]?.path ?? [];
  if (key === undefined) return WHICH;
  const name = String(key.key).slice(0, 60);
  const allowed = ALLOWED[name];
  if (allowed !== undefined && Object.hasOwn(fields, name)) return `"${name}" ${allowed}.`;
  return `"${name}" is not known here: give ${Object.keys(fields).join(', ')}.`;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
