import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Evidence } from '../../outcome.ts';
import type { DeadFilter, DeadLetter, DeadPage, DeadQuery, DeadReason } from '../outbox.ts';
import type { CounterRow } from './counters.ts';
import type { StoredEvent } from './pending-events.ts';

interface DeadRow {
  readonly id: number;
  readonly event: string;
  readonly reason: DeadReason;
  readonly error: string;
  readonly attempts: number;
  readonly first_at: number;
  readonly died_at: number;
}

/** A dead letter on its way out. */
export type RevivedEvent = Omit<StoredEvent, 'eventName'>;

export type TakeFilter = DeadFilter & { readonly utk?: string };

/** The dead letters. Every method runs inside a transaction of its caller. */
export class DeadLetters {
  readonly #db: DatabaseSync;
  readonly #counters: CounterRow;
  readonly #move: StatementSync;
  readonly #insert: StatementSync;
  readonly #lastId: StatementSync;

  constructor(db: DatabaseSync, counters: CounterRow) {
    this.#db = db;
    this.#counters = counters;
    this.#move = db.prepare(
      `INSERT INTO dead (uuid, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at)
       SELECT uuid, event, bytes, utk, event ->> 'eventName', ?, coalesce(?, error, ?), attempts + ?, enqueued_at, ?
       FROM pending WHERE seq = ?`,
    );
    this.#insert = db.prepare(
      `INSERT INTO dead (uuid, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at)
       VALUES (?, ?, ?, ?, ?, 'rejected_by_policy', ?, 0, ?, ?)`,
    );
    this.#lastId = db.prepare('SELECT max(id) AS id FROM dead');
  }

  /** Copies a pending event here; its deletion there is the caller's. */
  addRefused(seq: number, reason: DeadReason, error: Evidence, now: number): void {
    this.#move.run(reason, JSON.stringify(error), null, 1, now, seq);
    this.#moved();
  }

  /** The evidence is that of the last try, if there was one. */
  addExpired(seq: number, now: number): void {
    const error: Evidence = { message: 'Not delivered within the horizon.' };
    this.#move.run('expired', null, JSON.stringify(error), 0, now, seq);
    this.#moved();
  }

  addRejected({ uuid, json, bytes, utk, eventName }: StoredEvent, message: string, now: number) {
    const error: Evidence = { message };
    this.#insert.run(uuid, json, bytes, utk, eventName, JSON.stringify(error), now, now);
    this.#counters.current.accepted += 1;
    this.#counters.current.dead += 1;
    this.#counters.current.bytes += bytes;
  }

  countRejected(limit: number): number {
    const some = `SELECT 1 FROM dead WHERE reason = 'rejected_by_policy' LIMIT ?`;
    return Number(this.#db.prepare(`SELECT count(*) AS count FROM (${some})`).get(limit)?.count);
  }

  list({ limit, cursor, ...filter }: DeadQuery): DeadPage {
    const where = whereOf(filter);
    const [diedAt = Number.MAX_SAFE_INTEGER, id = 0] = cursor?.split('.').map(Number) ?? [];
    const rows = this.#db
      .prepare(
        `SELECT id, event, reason, error, attempts, first_at, died_at FROM dead
         WHERE (died_at, id) < (?, ?) AND ${where.sql} ORDER BY died_at DESC, id DESC LIMIT ?`,
      )
      .all(diedAt, id, ...where.values, limit + 1) as unknown as DeadRow[];
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const items = page.map(toLetter);
    return rows.length > limit && last ? { items, next: `${last.died_at}.${last.id}` } : { items };
  }

  /** The highest id so far: bounds a long replay or purge, so that it ends though events go on dying. */
  lastId(): number {
    return Number(this.#lastId.get()?.id ?? 0);
  }

  /** Takes up to `limit` found dead letters out. What becomes of them is the caller's to count. */
  take(filter: TakeFilter, upToId: number, limit: number): RevivedEvent[] {
    const where = whereOf(filter);
    const rows = this.#db
      .prepare(
        `DELETE FROM dead WHERE id IN (SELECT id FROM dead WHERE id <= ? AND ${where.sql} LIMIT ?)
         RETURNING uuid, event AS json, bytes, utk`,
      )
      .all(upToId, ...where.values, limit) as unknown as RevivedEvent[];
    this.#counters.current.dead -= rows.length;
    return rows;
  }

  #moved(): void {
    this.#counters.current.pending -= 1;
    this.#counters.current.dead += 1;
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

function whereOf(filter: TakeFilter) {
  const { uuids, reason, eventName, after, before, utk } = filter;
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
