import * as v from 'valibot';
import type { DeadFilter, DeadQuery } from '../outbox/outbox.ts';

const reasons = ['refused_by_hubspot', 'expired', 'rejected_by_policy'] as const;

const time = v.pipe(
  v.string(),
  v.check(
    (text) => !Number.isNaN(Date.parse(text)),
    'is no time: write ISO 8601, such as 2026-05-01T00:00:00Z',
  ),
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
  v.check(
    (order) => Object.keys(order).length > 0,
    'names no condition: give uuids, reason, eventName, after or before, or { "all": true }',
  ),
);

const querySchema = v.strictObject({
  ...conditions,
  uuids: v.optional(
    v.pipe(
      v.string(),
      v.transform((text) => text.split(',')),
    ),
  ),
  limit: v.optional(
    v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(1), v.maxValue(500)),
    '50',
  ),
  cursor: v.optional(v.string()),
});

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** @param body of `POST …/replay` and `…/purge` */
export function parseOrder(body: unknown): Parsed<DeadFilter> {
  const parsed = v.safeParse(orderSchema, body);
  if (!parsed.success) return { ok: false, problem: sentence(parsed.issues) };
  const { all: _, ...filter } = parsed.output;
  return { ok: true, value: withoutUndefined(filter) };
}

/** @param search the query of `GET …/dead` */
export function parseQuery(search: Record<string, string>): Parsed<DeadQuery> {
  const parsed = v.safeParse(querySchema, search);
  if (!parsed.success) return { ok: false, problem: sentence(parsed.issues) };
  return { ok: true, value: withoutUndefined(parsed.output) };
}

function sentence(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .map((issue) => `${v.getDotPath(issue) ?? 'the order'}: ${issue.message}`)
    .join('; ');
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
