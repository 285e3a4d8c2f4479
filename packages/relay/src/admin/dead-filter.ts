import * as v from 'valibot';
import { CURSOR } from '../outbox/dead-letter-rows.ts';
import type { DeadFilter, DeadQuery } from '../outbox/outbox.ts';
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

const reasons = [
  'refused_by_hubspot',
  'expired',
  'rejected_by_policy',
  'buried_by_operator',
] as const;

const words = {
  allowed: { ...ALLOWED, reason: `must be one of ${reasons.join(', ')}` },
  which:
    'Say which dead letters: a JSON object with uuids, reason, eventName, after or before, or { "all": true }.',
};

const conditions = {
  uuids: v.optional(uuids),
  reason: v.optional(v.picklist(reasons)),
  eventName: v.optional(v.string()),
  after: v.optional(time),
  before: v.optional(time),
};

/** Which dead letters an order is about. `{}` is refused: every one of them is `{ "all": true }`. */
const orderSchema = v.pipe(
  v.strictObject({ ...conditions, all: v.optional(v.literal(true)) }),
  v.check((order) => Object.keys(order).length > 0),
);

const querySchema = v.strictObject({
  ...conditions,
  uuids: v.optional(uuidsInQuery),
  limit: v.optional(limit, '50'),
  cursor: v.optional(v.pipe(v.string(), v.regex(CURSOR))),
});

/** @param body of `POST …/replay` and `…/purge` */
export function parseOrder(body: unknown): Parsed<DeadFilter> {
  const parsed = v.safeParse(orderSchema, body);
  if (!parsed.success) {
    return { ok: false, problem: sentence(parsed.issues, orderSchema.entries, words) };
  }
  const { all: _, ...filter } = parsed.output;
  return { ok: true, value: withoutUndefined(filter) };
}

/** @param search the query of `GET …/dead` */
export function parseQuery(search: Record<string, string>): Parsed<DeadQuery> {
  const parsed = v.safeParse(querySchema, search);
  if (!parsed.success) {
    return { ok: false, problem: sentence(parsed.issues, querySchema.entries, words) };
  }
  return { ok: true, value: withoutUndefined(parsed.output) };
}
