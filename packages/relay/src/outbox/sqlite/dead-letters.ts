import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  DEAD_COLUMNS,
  type DeadRow,
  EXPIRED,
  pageOf,
  sqliteDialect,
  startOf,
  type TakeFilter,
  whereOf,
} from '../dead-letter-rows.ts';
import { type DeadLimits, deadLimitsFor } from '../limits.ts';
import type { DeadPage, DeadQuery, DeadReason } from '../outbox.ts';
import { BURIED } from '../pending-rows.ts';
import { KEY_OF_DEAD } from './columns.ts';
import type { CounterRow } from './counters.ts';
import type { StoredEvent } from './pending-events.ts';

export interface TakenEvent extends StoredEvent {
  readonly attempts: number;
  /** 0 or 1. */
  readonly mayHaveArrived: number;
}

/** A dead letter whose event came again, corrected. */
export interface Superseded {
  readonly event: StoredEvent;
  readonly seq: number;
  readonly bytes: number;
}

/** The dead letters. Every method runs inside a transaction of its caller. */
export class DeadLetters {
  readonly #db: DatabaseSync;
  readonly #counters: CounterRow;
  readonly #limits: DeadLimits;
  readonly #size: StatementSync;
  readonly #copy: StatementSync;
  readonly #insert: StatementSync;
  readonly #refused: StatementSync;
  readonly #delete: StatementSync;
  readonly #countRejected: StatementSync;

  constructor(db: DatabaseSync, counters: CounterRow, limits: DeadLimits) {
    this.#db = db;
    this.#limits = limits;
    this.#size = db.prepare('SELECT bytes FROM pending WHERE seq = ?');
    this.#counters = counters;
    const into =
      'INSERT INTO dead (seq, uuid, sender, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at';
    this.#copy = db.prepare(
      `${into}, may_have_arrived)
       SELECT ?, uuid, sender, event, bytes, utk, event ->> 'eventName', ?, coalesce(?, error, ?), attempts + ?, enqueued_at,
         ?, may_have_arrived OR EXISTS (SELECT 1 FROM lease WHERE lease.seq = pending.seq)
       FROM pending WHERE seq = ?`,
    );
    this.#insert = db.prepare(
      `${into}) VALUES (?1, ?2, 'page', ?3, ?4, ?5, ?3 ->> 'eventName', 'rejected_by_policy', ?6, 0, ?7, ?7)`,
    );
    this.#refused = db.prepare(
      `SELECT seq, bytes FROM dead WHERE uuid = ?1 AND event_name = ?2 ->> 'eventName' AND sender = ?3
       AND (reason = 'rejected_by_policy' OR (reason = 'refused_by_hubspot' AND event <> ?2))`,
    );
    this.#delete = db.prepare('DELETE FROM dead WHERE seq = ?');
    this.#countRejected = db.prepare(
      `SELECT count(*) AS count FROM (SELECT 1 FROM dead WHERE reason = 'rejected_by_policy' LIMIT ?)`,
    );
  }

  fits(bytes: number, reason: DeadReason): boolean {
    const { dead, dead_bytes } = this.#counters.current;
    const { maxDead, maxDeadBytes } = deadLimitsFor(reason, this.#limits);
    return dead < maxDead && dead_bytes + bytes <= maxDeadBytes;
  }

  /** Copies a pending event here after a try; its deletion there is the caller's. @returns whether there was room */
  copyRefused(pendingSeq: number, reason: DeadReason, error: string, now: number): boolean {
    return this.#copyIn(pendingSeq, reason, [error, null, 1, now]);
  }

  /** The same for an event that was too long under way. The evidence is that of its last try, if there was one. */
  copyExpired(pendingSeq: number, now: number): boolean {
    return this.#copyIn(pendingSeq, 'expired', [null, EXPIRED, 0, now]);
  }

  /** The same for an event that an operator took out. */
  copyBuried(pendingSeq: number, now: number): boolean {
    return this.#copyIn(pendingSeq, 'buried_by_operator', [null, BURIED, 0, now]);
  }

  /** The dead letters that these events take the place of, because they were refused: by HubSpot as they were, or by the policy as it was. */
  supersededBy(events: readonly StoredEvent[]): Superseded[] {
    return events.flatMap((event) => {
      const row = this.#refused.get(event.uuid, event.json, event.sender);
      return row ? [{ event, ...(row as { seq: number; bytes: number }) }] : [];
    });
  }

  /** Takes them out for good. What comes in their place has their key. */
  supersede(letters: readonly Superseded[]): void {
    const { current } = this.#counters;
    for (const { seq, bytes } of letters) {
      this.#delete.run(seq);
      current.bytes -= bytes;
      current.dead_bytes -= bytes;
    }
    current.dead -= letters.length;
    current.removed += letters.length;
  }

  addRejected({ uuid, json, bytes, utk }: StoredEvent, error: string, now: number): void {
    this.#insert.run(this.#nextSeq(), uuid, json, bytes, utk, error, now);
    this.#counters.current.accepted += 1;
    this.#counters.current.bytes += bytes;
    this.#counters.current.dead_bytes += bytes;
  }

  /** Counts no further than `limit`. */
  countRejected(limit: number): number {
    return Number(this.#countRejected.get(limit)?.count);
  }

  list({ limit, cursor, ...filter }: DeadQuery): DeadPage {
    const where = whereOf(filter, sqliteDialect);
    const values = [...startOf(cursor), ...where.values, limit + 1] as SQLInputValue[];
    const rows = this.#db
      .prepare(
        `SELECT ${DEAD_COLUMNS} FROM dead
         WHERE (died_at, seq) < (?, ?) AND ${where.sql} ORDER BY died_at DESC, seq DESC LIMIT ?`,
      )
      .all(...values) as unknown as DeadRow[];
    return pageOf(rows, limit);
  }

  /** Takes up to `limit` of the found dead letters out that are not newer than `upToSeq`. */
  take(filter: TakeFilter, upToSeq: number, limit: number): TakenEvent[] {
    const where = whereOf(filter, sqliteDialect);
    const rows = this.#db
      .prepare(
        `DELETE FROM dead WHERE seq IN (SELECT seq FROM dead WHERE seq <= ? AND ${where.sql} LIMIT ?)
         RETURNING uuid, sender, ${KEY_OF_DEAD} AS key, event AS json, bytes, utk, attempts, may_have_arrived AS mayHaveArrived`,
      )
      .all(...([upToSeq, ...where.values, limit] as SQLInputValue[])) as unknown as TakenEvent[];
    this.#counters.current.dead -= rows.length;
    for (const { bytes } of rows) this.#counters.current.dead_bytes -= bytes;
    return rows;
  }

  #copyIn(pendingSeq: number, reason: DeadReason, values: readonly SQLInputValue[]): boolean {
    const bytes = Number(this.#size.get(pendingSeq)?.bytes);
    if (!this.fits(bytes, reason)) return false;
    this.#copy.run(this.#nextSeq(), reason, ...values, pendingSeq);
    this.#counters.current.dead_bytes += bytes;
    return true;
  }

  #nextSeq(): number {
    this.#counters.current.dead += 1;
    return this.#counters.nextSeq();
  }
}
