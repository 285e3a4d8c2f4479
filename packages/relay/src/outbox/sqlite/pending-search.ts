import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { PendingFilter } from '../pending-event.ts';
import {
  PENDING_COLUMNS,
  type PendingDialect,
  type PendingRow,
  pendingWhereOf,
  SCAN_SLICE,
  type Scanned,
} from '../pending-rows.ts';

const dialect: PendingDialect = {
  parameter: () => '?',
  uuidAmong: 'uuid IN (SELECT value FROM json_each(#))',
  uuidList: (uuids) => JSON.stringify(uuids),
  eventName: `event ->> '$.eventName'`,
  lastStatus: `error ->> '$.status'`,
};

const CLAIMED = 'EXISTS (SELECT 1 FROM lease WHERE lease.seq = pending.seq AND until > ?)';

/** Looks for pending events by what an owner knows of them. Every method runs inside a transaction of its caller. */
export class PendingSearch {
  readonly #db: DatabaseSync;

  /** @param db with the table of leases */
  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Up to `limit` events among the next rows after `after`. */
  list(
    filter: PendingFilter,
    after: number,
    { limit, now }: { readonly limit: number; readonly now: number },
  ): Scanned<PendingRow[]> {
    const where = pendingWhereOf(filter, dialect);
    return this.#look<PendingRow>(
      after,
      limit,
      `SELECT ${PENDING_COLUMNS}, ${CLAIMED} AS is_claimed FROM pending WHERE ${where.sql}`,
      [now, ...where.values],
    );
  }

  /** The same as row numbers, up to `upToSeq`, without claimed events. */
  unclaimed(
    filter: PendingFilter,
    after: number,
    upToSeq: number,
    { limit, now }: { readonly limit: number; readonly now: number },
  ): Scanned<number[]> {
    const where = pendingWhereOf(filter, dialect);
    const { found, last } = this.#look<{ seq: number }>(
      after,
      limit,
      `SELECT seq FROM pending WHERE NOT ${CLAIMED} AND seq <= ? AND ${where.sql}`,
      [now, upToSeq, ...where.values],
    );
    return { found: found.map(({ seq }) => seq), last };
  }

  #look<Row extends { readonly seq: number }>(
    after: number,
    limit: number,
    select: string,
    values: readonly unknown[],
  ): Scanned<Row[]> {
    const end = this.#db
      .prepare(
        'SELECT max(seq) AS seq FROM (SELECT seq FROM pending WHERE seq > ? ORDER BY seq LIMIT ?)',
      )
      .get(after, SCAN_SLICE)?.seq;
    if (typeof end !== 'number') return { found: [], last: null };
    const rows = this.#db
      .prepare(`${select} AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`)
      .all(...([...values, after, end, limit] as SQLInputValue[])) as unknown as Row[];
    return { found: rows, last: rows.length < limit ? end : (rows.at(-1)?.seq ?? end) };
  }
}
