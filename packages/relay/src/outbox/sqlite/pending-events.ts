import type { DatabaseSync } from 'node:sqlite';
import type { HubSpotEvent } from '../../hubspot/event.ts';
import {
  type Claim,
  type ClaimRequest,
  type EnqueueResult,
  OutboxFullError,
  type OutboxStats,
  type RetryRequest,
} from '../outbox.ts';
import type { CounterRow } from './counters.ts';
import type { KnownUuids } from './known-uuids.ts';

/** A row of the table, as far as a claim needs it. */
interface PendingRow {
  readonly seq: number;
  readonly event: string;
  readonly bytes: number;
  readonly attempts: number;
  readonly enqueued_at: number;
}

export interface StorageLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** An event in the form in which it is stored. */
export interface StoredEvent {
  readonly uuid: string;
  readonly utk: string | null;
  readonly eventName: string;
  readonly json: string;
  readonly bytes: number;
}

export function toStored(event: HubSpotEvent): StoredEvent {
  const json = JSON.stringify(event);
  const { uuid, utk = null, eventName } = event;
  return { uuid, utk, eventName, json, bytes: Buffer.byteLength(json) };
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
    for (const event of fresh) this.insert(event, now);
    this.#counters.current.accepted += fresh.length;
    this.#counters.current.pending += fresh.length;
    this.#counters.current.bytes += bytes;
    return { stored: fresh.length, known: events.length - fresh.length };
  }

  fits(count: number, bytes: number): boolean {
    const { pending, dead, bytes: stored } = this.#counters.current;
    const { maxEvents, maxBytes } = this.#limits;
    return pending + dead + count <= maxEvents && stored + bytes <= maxBytes;
  }

  insert({ uuid, json, bytes, utk }: Omit<StoredEvent, 'eventName'>, now: number): void {
    this.#sql.insert.run(uuid, json, bytes, utk, now, now);
  }

  claim({ maxEvents, maxBytes, leaseMs }: ClaimRequest, now: number): Claim[] {
    this.#lastClaim += 1;
    const claims: Claim[] = [];
    let bytes = 0;
    for (const row of this.#sql.due.iterate(now, now, maxEvents)) {
      const { seq, event, attempts, enqueued_at, bytes: size } = row as unknown as PendingRow;
      bytes += size;
      if (claims.length > 0 && bytes > maxBytes) break;
      const token = `${seq}.${this.#lastClaim}`;
      claims.push({ event: JSON.parse(event), token, attempts, enqueuedAt: enqueued_at });
    }
    for (const { token } of claims)
      this.#sql.lease.run(seqOf(token), this.#lastClaim, now + leaseMs);
    return claims;
  }

  /** Ends the leases of those claims that still hold one. @returns the `seq` of their events */
  release(claims: readonly Claim[]): number[] {
    return claims
      .filter(({ token }) => this.#sql.release.run(seqOf(token), claimOf(token)).changes === 1)
      .map(({ token }) => seqOf(token));
  }

  delete(seq: number): { uuid: string; bytes: number } {
    this.#sql.endLease.run(seq);
    return this.#sql.delete.get(seq) as { uuid: string; bytes: number };
  }

  ack(claims: readonly Claim[], now: number): void {
    const { current } = this.#counters;
    for (const seq of this.release(claims)) {
      const { uuid, bytes } = this.#sql.delete.get(seq) as { uuid: string; bytes: number };
      this.#known.addDelivered(uuid, now);
      current.bytes -= bytes;
      current.pending -= 1;
      current.delivered += 1;
    }
  }

  retry(claims: readonly Claim[], { dueAt, countAttempt, error }: RetryRequest): void {
    const evidence = JSON.stringify(error);
    for (const seq of this.release(claims)) {
      this.#sql.retry.run(dueAt, countAttempt ? 1 : 0, evidence, seq);
    }
  }

  /** Up to `limit` events that were stored at or before `time` and that nobody holds a lease on. */
  olderThan(time: number, now: number, limit: number): number[] {
    return this.#sql.older.all(time, now, limit).map((row) => Number(row.seq));
  }

  /** Deletes a visitor's events among the `limit` after `after`. @returns how many, and where to go on */
  forget(utk: string, after: number, limit: number): { removed: number; next: number | undefined } {
    const last = this.#sql.rangeEnd.get(after, limit)?.last as number | null;
    if (last === null) return { removed: 0, next: undefined };
    const seqs = this.#sql.ofVisitor.all(after, last, utk).map((row) => Number(row.seq));
    for (const seq of seqs) this.#counters.current.bytes -= this.delete(seq).bytes;
    this.#counters.current.pending -= seqs.length;
    this.#counters.current.removed += seqs.length;
    return { removed: seqs.length, next: last };
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

const seqOf = (token: string) => Number(token.slice(0, token.indexOf('.')));
const claimOf = (token: string) => Number(token.slice(token.indexOf('.') + 1));

function prepare(db: DatabaseSync) {
  const unleased = 'NOT EXISTS (SELECT 1 FROM lease WHERE lease.seq = pending.seq AND until > ?)';
  return {
    insert: db.prepare(
      'INSERT INTO pending (uuid, event, bytes, utk, enqueued_at, due_at, attempts) VALUES (?, ?, ?, ?, ?, ?, 0)',
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
              (SELECT due_at FROM pending INDEXED BY pending_due WHERE ${unleased} ORDER BY due_at LIMIT 1) AS free,
              (SELECT min(max(until, due_at)) FROM lease JOIN pending USING (seq) WHERE until > ?) AS leased`,
    ),
  };
}
