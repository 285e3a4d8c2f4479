import * as v from 'valibot';
import type { PendingFilter, PendingQuery } from '../outbox/pending-event.ts';
import {
  ALLOWED,
  limit,
  type Parsed,
  sentence,
  time,
  uuids,
  uuidsInQuery,
  withoutUndefined,
} from './conditions.ts';

const words = {
  allowed: {
    ...ALLOWED,
    minAttempts: 'must be a whole number',
    maxAttempts: 'must be a whole number',
    lastStatus: 'must be the HTTP status of the last try, such as 500, or none',
  },
  which:
    'Say which pending events: a JSON object with uuids, eventName, minAttempts, maxAttempts, lastStatus, after or before, or { "all": true }.',
};

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));
const status = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599));
const none = v.literal('none');

/** A number as it stands in a query. */
const written = v.pipe(v.string(), v.regex(/^\d{1,7}$/), v.transform(Number));

const conditions = {
  uuids: v.optional(uuids),
  eventName: v.optional(v.string()),
  minAttempts: v.optional(count),
  maxAttempts: v.optional(count),
  lastStatus: v.optional(v.union([none, status])),
  after: v.optional(time),
  before: v.optional(time),
};

/** Which pending events an order is about. `{}` is refused: every one of them is `{ "all": true }`. */
const orderSchema = v.pipe(
  v.strictObject({ ...conditions, all: v.optional(v.literal(true)) }),
  v.check((order) => Object.keys(order).length > 0),
);

const querySchema = v.strictObject({
  ...conditions,
  uuids: v.optional(uuidsInQuery),
  minAttempts: v.optional(v.pipe(written, count)),
  maxAttempts: v.optional(v.pipe(written, count)),
  lastStatus: v.optional(v.union([none, v.pipe(written, status)])),
  limit: v.optional(limit, '50'),
  cursor: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/))),
});

/** @param body of `POST …/bury` and `…/purge` */
export function parsePendingOrder(body: unknown): Parsed<PendingFilter> {
  const parsed = v.safeParse(orderSchema, body);
  if (!parsed.success) {
    return { ok: false, problem: sentence(parsed.issues, orderSchema.entries, words) };
  }
  const { all: _, ...filter } = parsed.output;
  return { ok: true, value: withoutUndefined(filter) };
}

/** @param search the query of `GET …/pending` */
export function parsePendingQuery(search: Record<string, string>): Parsed<PendingQuery> {
  const parsed = v.safeParse(querySchema, search);
  if (!parsed.success) {
    return { ok: false, problem: sentence(parsed.issues, querySchema.entries, words) };
  }
  return { ok: true, value: withoutUndefined(parsed.output) };
}
