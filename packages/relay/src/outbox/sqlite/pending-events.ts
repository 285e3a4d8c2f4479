import type { DatabaseSync } from 'node:sqlite';
import type { HubSpotEvent } from '../../hubspot/event.ts';
import {
  type ClaimRequest,
  type EnqueueResult,
  OutboxFullError,
  type OutboxStats,
} from '../outbox.ts';
import type { CounterRow } from './counters.ts';
import type { KnownUuids } from './known-uuids.ts';

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

/** A claim whose event is still JSON. */
export interface StoredClaim {
  readonly json: string;
  readonly token: string;
  readonly attempts: number;
  readonly enqueuedAt: number;
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
}

/** The pending events and the leases on them. Every method runs inside a transaction of its caller. */
export class PendingEvents {
  readonly #counters: CounterRow;
  readonly #known: KnownUuids;
  readonly #limits: StorageLimits;
  readonly #sql: ReturnType<typeof prepare>;
  #lastClaim = 0;

  constructor(db: DatabaseSync, counters: CounterRow, known: KnownUuids, limits: StorageLimits) {
    this.#counters = counters;
    this.#known = known;
    this.#limits = limits;
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
    this.#sql.insert.run(this.#counters.nextSeq(), uuid, json, bytes, utk, now, now);
    this.#counters.current.pending += 1;
  }

  claim({ maxEvents, maxBytes, leaseMs }: ClaimRequest, now: number): StoredClaim[] {
    this.#lastClaim += 1;
    const rows = prefixWithin(this.#sql.due.iterate(now, now, maxEvents), maxBytes);
    return rows.map(({ seq, event, attempts, enqueued_at }) => {
      this.#sql.lease.run(seq, this.#lastClaim, now + leaseMs);
      const token = `${seq}.${this.#lastClaim}`;
      return { json: event, token, attempts, enqueuedAt: enqueued_at };
    });
  }

  /** Ends the leases that these tokens still hold. @returns the row numbers of their events */
  release(tokens: readonly string[]): number[] {
    const claims = tokens.map(
      (token) => token.split('.').map(Number) as [seq: number, claim: number],
    );
    return claims
      .filter(([seq, claim]) => this.#sql.release.run(seq, claim).changes === 1)
      .map(([seq]) => seq);
  }

  delete(seq: number): { readonly uuid: string; readonly bytes: number } {
    this.#counters.current.pending -= 1;
    return this.#sql.delete.get(seq) as { uuid: string; bytes: number };
  }

  retry(tokens: readonly string[], dueAt: number, countAttempt: boolean, error: string): void {
    for (const seq of this.release(tokens)) {
      this.#sql.retry.run(dueAt, countAttempt ? 1 : 0, error, seq);
    }
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

  forget(seq: number): void {
    const { uuid, bytes } = this.delete(seq);
    this.#sql.endLease.run(seq);
    this.#known.delete(uuid);
    this.#counters.current.bytes -= bytes;
    this.#counters.current.removed += 1;
  }

  stats(now: number): Pick<OutboxStats, 'claimed' | 'oldestPendingAt' | 'nextDueAt'> {
    const row = this.#sql.stats.get(now, now, now) as Record<string, number | null>;
    const times = [row.free, row.leased].filter((time) => typeof time === 'number');
    return {
      claimed: row.claimed ?? 0,
      ...(typeof row.oldest === 'number' && { oldestPendingAt: row.oldest }),
      ...(times.length > 0 && { nextDueAt: Math.min(...times) }),
    };
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
  return {
    insert: db.prepare(
      `INSERT INTO pending (seq, uuid, event, bytes, utk, enqueued_at, due_at, attempts)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
    ),
    due: db.prepare(
      `SELECT seq, event, bytes, attempts, enqueued_at FROM pending INDEXED BY pending_due
       WHERE due_at <= ? AND ${unleased} ORDER BY due_at, seq LIMIT ?`,
    ),
    lease: db.prepare('INSERT OR REPLACE INTO lease (seq, claim, until) VALUES (?, ?, ?)'),
    release: db.prepare('DELETE FROM lease WHERE seq = ? AND claim = ?'),
    endLease: db.prepare('DELETE FROM lease WHERE seq = ?'),
    delete: db.prepare('DELETE FROM pending WHERE seq = ? RETURNING uuid, bytes'),
    retry: db.prepare(
      'UPDATE pending SET due_at = ?, attempts = attempts + ?, error = ? WHERE seq = ?',
    ),
    older: db.prepare(
      `SELECT seq FROM pending INDEXED BY pending_age WHERE enqueued_at <= ? AND ${unleased} LIMIT ?`,
    ),
    rangeEnd: db.prepare(
      'SELECT max(seq) AS last FROM (SELECT seq FROM pending WHERE seq > ? ORDER BY seq LIMIT ?)',
    ),
    ofVisitor: db.prepare('SELECT seq FROM pending WHERE seq > ? AND seq <= ? AND utk = ?'),
    stats: db.prepare(
      `SELECT (SELECT count(*) FROM lease WHERE until > ?) AS claimed,
              (SELECT min(enqueued_at) FROM pending) AS oldest,
              (SELECT due_at FROM pending INDEXED BY pending_due
               WHERE ${unleased} ORDER BY due_at LIMIT 1) AS free,
              (SELECT min(max(until, due_at)) FROM lease JOIN pending USING (seq)
               WHERE until > ?) AS leased`,
    ),
  };
}
