import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { DeadFilter, DeadLetter, DeadPage, DeadQuery, DeadReason } from '../outbox.ts';
import type { CounterRow } from './counters.ts';
import type { StoredEvent } from './pending-events.ts';

export type TakeFilter = DeadFilter & { readonly utk?: string };

interface DeadRow {
  readonly seq: number;
  readonly event: string;
  readonly reason: DeadReason;
  readonly error: string;
  readonly attempts: number;
  readonly first_at: number;
  readonly died_at: number;
}

const EXPIRED = JSON.stringify({ message: 'Not delivered within the horizon.' });

/** The dead letters. Every method runs inside a transaction of its caller. */
export class DeadLetters {
  readonly #db: DatabaseSync;
  readonly #counters: CounterRow;
  readonly #copy: StatementSync;
  readonly #insert: StatementSync;
  readonly #countRejected: StatementSync;

  constructor(db: DatabaseSync, counters: CounterRow) {
    this.#db = db;
    this.#counters = counters;
    const into =
      'INSERT INTO dead (seq, uuid, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at)';
    this.#copy = db.prepare(
      `${into} SELECT ?, uuid, event, bytes, utk, event ->> 'eventName', ?, coalesce(?, error, ?), attempts + ?,
       enqueued_at, ? FROM pending WHERE seq = ?`,
    );
    this.#insert = db.prepare(
      `${into} VALUES (?1, ?2, ?3, ?4, ?5, ?3 ->> 'eventName', 'rejected_by_policy', ?6, 0, ?7, ?7)`,
    );
    this.#countRejected = db.prepare(
      `SELECT count(*) AS count FROM (SELECT 1 FROM dead WHERE reason = 'rejected_by_policy' LIMIT ?)`,
    );
  }

  /** Copies a pending event here after a try; its deletion there is the caller's. */
  copyRefused(pendingSeq: number, reason: DeadReason, error: string, now: number): void {
    this.#copy.run(this.#nextSeq(), reason, error, null, 1, now, pendingSeq);
  }

  /** The same for an event that was too long under way. The evidence is that of its last try, if there was one. */
  copyExpired(pendingSeq: number, now: number): void {
    this.#copy.run(this.#nextSeq(), 'expired', null, EXPIRED, 0, now, pendingSeq);
  }

  addRejected({ uuid, json, bytes, utk }: StoredEvent, error: string, now: number): void {
    this.#insert.run(this.#nextSeq(), uuid, json, bytes, utk, error, now);
    this.#counters.current.accepted += 1;
    this.#counters.current.bytes += bytes;
  }

  /** Counts no further than `limit`. */
  countRejected(limit: number): number {
    return Number(this.#countRejected.get(limit)?.count);
  }

  list({ limit, cursor, ...filter }: DeadQuery): DeadPage {
    const where = whereOf(filter);
    const [diedAt, seq] = cursor?.split('.').map(Number) ?? [Number.MAX_SAFE_INTEGER, 0];
    const rows = this.#db
      .prepare(
        `SELECT seq, event, reason, error, attempts, first_at, died_at FROM dead
         WHERE (died_at, seq) < (?, ?) AND ${where.sql} ORDER BY died_at DESC, seq DESC LIMIT ?`,
      )
      .all(diedAt as number, seq as number, ...where.values, limit + 1) as unknown as DeadRow[];
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const items = page.map(toLetter);
    return rows.length > limit && last ? { items, next: `${last.died_at}.${last.seq}` } : { items };
  }

  /** Takes up to `limit` of the found dead letters out that are not newer than `upToSeq`. */
  take(filter: TakeFilter, upToSeq: number, limit: number): StoredEvent[] {
    const where = whereOf(filter);
    const rows = this.#db
      .prepare(
        `DELETE FROM dead WHERE seq IN (SELECT seq FROM dead WHERE seq <= ? AND ${where.sql} LIMIT ?)
         RETURNING uuid, event AS json, bytes, utk`,
      )
      .all(upToSeq, ...where.values, limit) as unknown as StoredEvent[];
    this.#counters.current.dead -= rows.length;
    return rows;
  }

  #nextSeq(): number {
    this.#counters.current.dead += 1;
    return this.#counters.nextSeq();
  }
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

function whereOf({ uuids, reason, eventName, after, before, utk }: TakeFilter) {
  const all: [sql: string, value: SQLInputValue | undefined][] = [
    ['uuid IN (SELECT value FROM json_each(?))', uuids && JSON.stringify(uuids)],
    ['reason = ?', reason],
    ['event_name = ?', eventName],
    ['died_at >= ?', after],
    ['died_at < ?', before],
    ['utk = ?', utk],
  ];
  const given = all.filter(([, value]) => value !== undefined);
  return {
    sql: ['TRUE', ...given.map(([sql]) => sql)].join(' AND '),
    values: given.map(([, value]) => value as SQLInputValue),
  };
}
