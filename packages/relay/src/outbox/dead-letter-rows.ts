import type { ErasureKey, SubjectField } from './erasure.ts';
import type { DeadFilter, DeadLetter, DeadPage, DeadReason } from './outbox.ts';

/** A dead letter as SQLite, Postgres and D1 store it alike. */
export interface DeadRow {
  readonly seq: number;
  readonly event: string;
  readonly reason: DeadReason;
  readonly error: string;
  readonly attempts: number;
  readonly first_at: number;
  readonly died_at: number;
}

/** The columns of a `DeadRow`. */
export const DEAD_COLUMNS = 'seq, event, reason, error, attempts, first_at, died_at';

/** The evidence of an event that expired without a try, as JSON. */
export const EXPIRED = JSON.stringify({ message: 'Not delivered within the horizon.' });

/** Erasure also asks whose they are. */
export type TakeFilter = DeadFilter & { readonly subject?: ErasureKey };

/** In what the databases differ. */
export interface Dialect {
  /** @param index of the filter's values, from 0 */
  readonly parameter: (index: number) => string;
  /** `#` stands for the parameter. */
  readonly uuidAmong: string;
  readonly uuidList: (uuids: readonly string[]) => unknown;
  /** A field of the event, null when it has none. */
  readonly field: (name: SubjectField) => string;
}

export const sqliteDialect: Dialect = {
  parameter: () => '?',
  uuidAmong: 'uuid IN (SELECT value FROM json_each(#))',
  uuidList: (uuids) => JSON.stringify(uuids),
  field: (name) => (name === 'utk' ? 'utk' : `event ->> '$.${name}'`),
};

export interface Where {
  readonly sql: string;
  readonly values: unknown[];
}

export function whereOf(filter: TakeFilter, dialect: Dialect): Where {
  const all: [sql: string, value: unknown][] = [
    [dialect.uuidAmong, filter.uuids && dialect.uuidList(filter.uuids)],
    ['reason = #', filter.reason],
    ['event_name = #', filter.eventName],
    ['died_at >= #', filter.after],
    ['died_at < #', filter.before],
    ...(filter.subject ? [subjectCondition(filter.subject, dialect)] : []),
  ];
  const given = all.filter(([, value]) => value !== undefined);
  const conditions = given.map(([sql], index) => sql.replace('#', dialect.parameter(index)));
  return {
    sql: ['TRUE', ...conditions].join(' AND '),
    values: given.map(([, value]) => value),
  };
}

/** `#` stands for the value. Databases may know the lower case of ASCII letters alone. */
export function subjectCondition(
  { field, value }: ErasureKey,
  dialect: Pick<Dialect, 'field'>,
): [sql: string, value: string] {
  const own = dialect.field(field);
  return [field === 'email' ? `lower(${own}) = lower(#)` : `${own} = #`, value];
}

/** `next` of a page: time and row number. */
export const CURSOR = /^\d{1,16}\.\d{1,16}$/;

/** Where a page begins: it holds what died, by time and row number, before this. */
export function startOf(cursor: string | undefined): readonly [diedAt: number, seq: number] {
  const [diedAt = Number.MAX_SAFE_INTEGER, seq = 0] = cursor?.split('.').map(Number) ?? [];
  return [diedAt, seq];
}

/** @param rows one more than `limit` when there is a next page */
export function pageOf(rows: readonly DeadRow[], limit: number): DeadPage {
  const page = rows.slice(0, limit);
  const items = page.map(toLetter);
  const last = page.at(-1);
  return rows.length > limit && last ? { items, next: `${last.died_at}.${last.seq}` } : { items };
}

function toLetter({ event, reason, error, attempts, first_at, died_at }: DeadRow): DeadLetter {
  return {
    event: JSON.parse(event),
    reason,
    error: JSON.parse(error),
    attempts,
    firstAt: first_at,
    lastAt: died_at,
  };
}
