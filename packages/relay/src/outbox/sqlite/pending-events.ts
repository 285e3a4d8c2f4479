import type { DatabaseSync } from 'node:sqlite';
import type { HubSpotEvent } from '../../hubspot/event.ts';
import {
  type ClaimRequest,
  type EnqueueResult,
  OutboxFullError,
  type OutboxStats,
} from '../outbox.ts';
import { ClaimFront } from './claim-front.ts';
import type { CounterRow } from './counters.ts';
import type { KnownUuids } from './known-uuids.ts';
import { Leases, tokenOf } from './leases.ts';

/** An event in the form in which it is stored. */
export interface StoredEvent {
  readonly uuid: string;
  readonly utk: string | null;
  readonly json: string;
  readonly bytes: number;
}

export function toStored(event: HubSpotEvent): StoredEvent {
  const json = JSON.stringify(event);
  return { uuid: event.uuid, utk: event.utk ?? null, json, bytes: Buffer.byteLength(json) };
}

/**
 * Claimed events as columns: handing many small objects to another thread would cost more than getting them from the
 * database.
 */
export interface ClaimedEvents {
  readonly jsons: readonly string[];
  readonly tokens: readonly string[];
  readonly attempts: readonly number[];
  readonly enqueuedAts: readonly number[];
}

export interface StorageLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

interface DueRow {
  readonly seq: number;
  readonly event: string;
  readonly bytes: number;
  readonly attempts: number;
  readonly enqueued_at: number;
  readonly due_at: number;
}

/** The pending events and the leases on them. Every method runs inside a transaction of its caller. */
export class PendingEvents {
  readonly #counters: CounterRow;
  readonly #known: KnownUuids;
  readonly #limits: StorageLimits;
  readonly #leases: Leases;
  readonly #front = new ClaimFront();
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync, counters: CounterRow, known: KnownUuids, limits: StorageLimits) {
    this.#counters = counters;
    this.#known = known;
    this.#limits = limits;
    this.#leases = new Leases(db);
    this.#sql = prepare(db);
  }

  enqueue(events: readonly StoredEvent[], now: number): EnqueueResult {
    const fresh = this.#known.unknownOf(events);
    const bytes = fresh.reduce((sum, event) => sum + event.bytes, 0);
    if (fresh.length > 0 && !this.fits(fresh.length, bytes)) throw this.#full();
    for (const event of fresh) {
      this.#known.add(event.uuid);
      this.insert(event, now);
    }
    this.#counters.current.accepted += fresh.length;
    this.#counters.current.bytes += bytes;
    return { stored: fresh.length, known: events.length - fresh.length };
  }

  fits(count: number, bytes: number): boolean {
    const { pending, dead, bytes: stored } = this.#counters.current;
    const { maxEvents, maxBytes } = this.#limits;
    return pending + dead + count <= maxEvents && stored + bytes <= maxBytes;
  }

  insert({ uuid, json, bytes, utk }: StoredEvent, now: number): void {
    const seq = this.#counters.nextSeq();
    this.#sql.insert.run(seq, uuid, json, bytes, utk, now, now);
    this.#counters.current.pending += 1;
    this.#front.reveal({ dueAt: now, seq });
  }

  claim({ maxEvents, maxBytes, leaseMs }: ClaimRequest, now: number): ClaimedEvents {
    const { dueAt, seq } = this.#front.at(now);
    const due = this.#sql.due.iterate(now, dueAt, seq, now, maxEvents);
    const rows = prefixWithin(due, maxBytes);
    const claim = this.#lease(rows, now + leaseMs, now);
    return {
      jsons: rows.map((row) => row.event),
      tokens: rows.map((row) => tokenOf(row.seq, claim)),
      attempts: rows.map((row) => row.attempts),
      enqueuedAts: rows.map((row) => row.enqueued_at),
    };
  }

  /** Ends the leases that these tokens still hold. @returns the row numbers of their events */
  release(tokens: readonly string[]): number[] {
    return this.#leases.release(tokens);
  }

  /** @returns the bytes of their JSON */
  delete(seqs: readonly number[]): number {
    const listed = JSON.stringify(seqs);
    const { bytes } = this.#sql.bytes.get(listed) as { bytes: number };
    this.#counters.current.pending -= Number(this.#sql.delete.run(listed).changes);
    return bytes;
  }

  retry(tokens: readonly string[], dueAt: number, countAttempt: boolean, error: string): void {
    const seqs = this.release(tokens);
    this.#sql.retry.run(dueAt, countAttempt ? 1 : 0, error, JSON.stringify(seqs));
    for (const seq of seqs) this.#front.reveal({ dueAt, seq });
  }

  /** Takes the leases that have ended off events that are going. */
  endLeases(seqs: readonly number[]): void {
    this.#leases.end(seqs);
  }

  /** Up to `limit` events that were stored at or before `time` and that nobody holds a lease on. */
  olderThan(time: number, now: number, limit: number): number[] {
    return this.#sql.older.all(time, now, limit).map((row) => Number(row.seq));
  }

  /** A visitor's events among the `limit` after `seq`, and the last of these. */
  ofVisitor(utk: string, after: number, limit: number): { seqs: number[]; last: number | null } {
    const { last } = this.#sql.rangeEnd.get(after, limit) as { last: number | null };
    const rows = last === null ? [] : this.#sql.ofVisitor.all(after, last, utk);
    return { seqs: rows.map((row) => Number(row.seq)), last };
  }

  forget(seqs: readonly number[]): void {
    for (const { uuid } of this.#sql.uuids.all(JSON.stringify(seqs))) {
      this.#known.delete(String(uuid));
    }
    this.endLeases(seqs);
    this.#counters.current.bytes -= this.delete(seqs);
    this.#counters.current.removed += seqs.length;
  }

  stats(now: number): Pick<OutboxStats, 'claimed' | 'oldestPendingAt' | 'nextDueAt'> {
    const { dueAt, seq } = this.#front.at(now);
    const free = this.#sql.free.get(now, dueAt, seq)?.due_at;
    const oldest = this.#sql.oldest.get()?.at;
    const times = [free, this.#leases.nextEnd(now)].filter((time) => typeof time === 'number');
    return {
      claimed: this.#leases.count(now),
      ...(typeof oldest === 'number' && { oldestPendingAt: oldest }),
      ...(times.length > 0 && { nextDueAt: Math.min(...times) }),
    };
  }

  /** The leases are rolled back with the database. */
  rolledBack(): void {
    this.#front.reset();
  }

  #lease(rows: readonly DueRow[], until: number, now: number): number {
    const claim = this.#leases.take(
      rows.map((row) => row.seq),
      until,
    );
    const last = rows.at(-1);
    if (last) {
      const leaseEndsAt = this.#front.isAtStart ? this.#leases.nextEnd(now) : until;
      this.#front.advance({ dueAt: last.due_at, seq: last.seq }, leaseEndsAt ?? until);
    }
    return claim;
  }

  #full(): OutboxFullError {
    const { pending, dead, bytes } = this.#counters.current;
    return new OutboxFullError(
      `The outbox is full: ${pending} pending events and ${dead} dead letters, ${bytes} bytes. ` +
        'Check that delivery works, purge dead letters, or raise maxEvents or maxBytes.',
    );
  }
}

/** The first rows that are not larger than `maxBytes` together, but one at least. */
function prefixWithin(rows: Iterable<unknown>, maxBytes: number): DueRow[] {
  const prefix: DueRow[] = [];
  let bytes = 0;
  for (const row of rows as Iterable<DueRow>) {
    bytes += row.bytes;
    if (prefix.length > 0 && bytes > maxBytes) break;
    prefix.push(row);
  }
  return prefix;
}

function prepare(db: DatabaseSync) {
  const unleased = 'NOT EXISTS (SELECT 1 FROM lease WHERE lease.seq = pending.seq AND until > ?)';
  const listed = 'seq IN (SELECT value FROM json_each(?))';
  return {
    insert: db.prepare(
      `INSERT INTO pending (seq, uuid, event, bytes, utk, enqueued_at, due_at, attempts)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
    ),
    due: db.prepare(
      `SELECT seq, event, bytes, attempts, enqueued_at, due_at FROM pending INDEXED BY pending_due
       WHERE due_at <= ? AND (due_at, seq) > (?, ?) AND ${unleased} ORDER BY due_at, seq LIMIT ?`,
    ),
    bytes: db.prepare(`SELECT coalesce(sum(bytes), 0) AS bytes FROM pending WHERE ${listed}`),
    uuids: db.prepare(`SELECT uuid FROM pending WHERE ${listed}`),
    delete: db.prepare(`DELETE FROM pending WHERE ${listed}`),
    retry: db.prepare(
      `UPDATE pending SET due_at = ?, attempts = attempts + ?, error = ? WHERE ${listed}`,
    ),
    older: db.prepare(
      `SELECT seq FROM pending INDEXED BY pending_age WHERE enqueued_at <= ? AND ${unleased} LIMIT ?`,
    ),
    rangeEnd: db.prepare(
      'SELECT max(seq) AS last FROM (SELECT seq FROM pending WHERE seq > ? ORDER BY seq LIMIT ?)',
    ),
    ofVisitor: db.prepare('SELECT seq FROM pending WHERE seq > ? AND seq <= ? AND utk = ?'),
    oldest: db.prepare('SELECT min(enqueued_at) AS at FROM pending'),
    free: db.prepare(
      `SELECT due_at FROM pending INDEXED BY pending_due
       WHERE ${unleased} AND (due_at, seq) > (?, ?) ORDER BY due_at LIMIT 1`,
    ),
  };
}
