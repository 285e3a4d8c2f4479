import { setTimeout as delay } from 'node:timers/promises';
import { type OutboxLimits, resolveLimits } from '../limits.ts';
import { type Outbox, OutboxUnavailableError } from '../outbox.ts';
import { CounterRow } from './counters.ts';
import { isBusy, openDatabase, unavailable } from './database.ts';
import { DeadLetters, type RevivedEvent, type TakeFilter } from './dead-letters.ts';
import { GroupCommit } from './group-commit.ts';
import { KnownUuids } from './known-uuids.ts';
import { PendingEvents, toStored } from './pending-events.ts';

export interface SqliteOutboxOptions extends OutboxLimits {
  /** The database file. Created with its directory, for its owner's eyes only; SQLite keeps a `-wal` file beside it. */
  readonly path: string;
  /** @default Date.now */
  readonly clock?: () => number;
  /**
   * How long to wait for another process to let go of the file, as in a restart.
   * @default 5000
   */
  readonly lockTimeoutMs?: number;
}

/** Rows per transaction in work over many rows, so that events get in between. */
const SLICE = 500;
const SCAN_SLICE = 20_000;
const LOCK_POLL_MS = 50;

/**
 * Opens an outbox in one SQLite file, for one relay process.
 * @throws OutboxUnavailableError when the file cannot be used; the message says why and what to do.
 */
export async function openSqliteOutbox(options: SqliteOutboxOptions): Promise<Outbox> {
  const { path, clock = Date.now, lockTimeoutMs = 5000 } = options;
  const db = await openPatiently(path, lockTimeoutMs);
  const limits = resolveLimits(options);
  const counters = new CounterRow(db);
  const known = new KnownUuids(db);
  const pending = new PendingEvents(db, counters, known, limits);
  const dead = new DeadLetters(db, counters);
  const commits = new GroupCommit(db, counters, (error) => unavailable(path, error));
  let closed = false;

  async function transact<T>(work: (now: number) => T): Promise<T> {
    if (closed) throw new OutboxUnavailableError(`Outbox ${path} is closed.`);
    return commits.run(() => work(clock()));
  }

  /** Runs slices until one comes up short. @returns the sum of their counts */
  async function inSlices(slice: (now: number) => number): Promise<number> {
    let total = 0;
    let count = SLICE;
    while (count === SLICE) {
      count = await transact(slice);
      total += count;
    }
    return total;
  }

  type Use = (events: readonly RevivedEvent[], now: number) => void;

  async function takeDead(filter: TakeFilter, use: Use): Promise<number> {
    const upToId = await transact(() => dead.lastId());
    return inSlices((now) => {
      const events = dead.take(filter, upToId, SLICE);
      use(events, now);
      return events.length;
    });
  }

  async function forgetPending(utk: string): Promise<number> {
    let total = 0;
    let after: number | undefined = 0;
    while (after !== undefined) {
      const start: number = after;
      const { removed, next } = await transact(() => pending.forget(utk, start, SCAN_SLICE));
      total += removed;
      after = next;
    }
    return total;
  }

  return {
    enqueue(events) {
      const stored = events.map(toStored);
      return transact((now) => pending.enqueue(stored, now));
    },

    claim: (request) => transact((now) => pending.claim(request, now)),

    ack: (claims) => transact((now) => pending.ack(claims, now)),

    retry: (claims, request) => transact(() => pending.retry(claims, request)),

    bury: (claims, reason, error) =>
      transact((now) => {
        for (const seq of pending.release(claims)) {
          dead.addRefused(seq, reason, error, now);
          pending.delete(seq);
        }
      }),

    buryRejected(events) {
      const rejected = events.map(({ event, message }) => ({ ...toStored(event), message }));
      return transact((now) => {
        const room = limits.maxRejected - dead.countRejected(limits.maxRejected);
        let stored = 0;
        for (const event of known.unknownOf(rejected)) {
          if (stored >= room || !pending.fits(1, event.bytes)) continue;
          dead.addRejected(event, event.message, now);
          stored += 1;
        }
        return stored;
      });
    },

    stats: () =>
      transact((now) => {
        const { bytes: _, ...counts } = counters.current;
        return { ...counts, ...pending.stats(now) };
      }),

    listDead: (query) => transact(() => dead.list(query)),

    replay: (filter) =>
      takeDead(filter, (events, now) => {
        for (const event of events) pending.insert(event, now);
        counters.current.pending += events.length;
      }),

    purge: (filter) => takeDead(filter, remove),

    forget: async (utk) => (await forgetPending(utk)) + (await takeDead({ utk }, remove)),

    async sweep() {
      const expired = await inSlices((now) => {
        const seqs = pending.olderThan(now - limits.horizonMs, now, SLICE);
        for (const seq of seqs) {
          dead.addExpired(seq, now);
          pending.delete(seq);
        }
        return seqs.length;
      });
      const purged = await takeDead({ before: clock() - limits.retentionMs + 1 }, remove);
      await inSlices((now) => known.forgetDelivered(now - limits.dedupeWindowMs, SLICE));
      return { expired, purged };
    },

    async close() {
      if (closed) return;
      closed = true;
      commits.flush();
      db.close();
    },
  };

  function remove(events: readonly RevivedEvent[]): void {
    counters.current.removed += events.length;
    for (const { bytes } of events) counters.current.bytes -= bytes;
  }
}

/** A deploy starts the new process while the old one still drains. */
async function openPatiently(path: string, timeoutMs: number) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return openDatabase(path);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      await delay(LOCK_POLL_MS);
    }
  }
}
