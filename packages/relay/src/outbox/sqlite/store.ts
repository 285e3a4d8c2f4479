import type { DatabaseSync } from 'node:sqlite';
import type { TakeFilter } from '../dead-letter-rows.ts';
import type { ErasureKey } from '../erasure.ts';
import { foreignKey, withServerUuid } from '../event-key.ts';
import type { OutboxLimits } from '../limits.ts';
import {
  type ClaimRequest,
  type DeadQuery,
  type DroppedReason,
  type EnqueueResult,
  OutboxFullError,
  type OutboxStats,
} from '../outbox.ts';
import type { OutboxTime } from '../outbox-clock.ts';
import type { PendingFilter } from '../pending-event.ts';
import type { Scanned } from '../pending-rows.ts';
import type { StorageProblem } from '../storage-problem.ts';
import { CounterRow } from './counters.ts';
import { damageOf, isDiskFull, messageFor } from './database.ts';
import { DeadLetters } from './dead-letters.ts';
import { DeliveredEvents } from './delivered-events.ts';
import { KnownKeys } from './known-keys.ts';
import { Pause } from './pause.ts';
import {
  NOTHING,
  PendingEvents,
  type Postponement,
  type StoredEvent,
  toStored,
} from './pending-events.ts';
import { PendingSearch } from './pending-search.ts';
import { StoreGuard } from './store-guard.ts';

export interface RejectedStoredEvent extends StoredEvent {
  /** JSON of the evidence. */
  readonly error: string;
}

/** Work over many rows goes in slices, so that events get in between. */
export interface Slice {
  readonly limit: number;
  readonly now: number;
}

/** What the store can do, each inside a transaction. Arguments and results are plain data: they may cross threads. */
function actionsOf(
  db: DatabaseSync,
  counters: CounterRow,
  known: KnownKeys,
  pending: PendingEvents,
  limits: Required<OutboxLimits>,
) {
  const delivered = new DeliveredEvents(db, counters, known);
  const dead = new DeadLetters(db, counters, limits);
  const pause = new Pause(db);
  const search = new PendingSearch(db);

  /** A server's event whose key a page has used goes on under another uuid. A page's whose key a server has used is known. */
  function withOwnKey<T extends StoredEvent>(event: T): T {
    const { key, sender, json } = event;
    const foreign = foreignKey(key, sender);
    if (known.has(key) || !known.has(foreign)) return event;
    return sender === 'page'
      ? { ...event, key: foreign }
      : { ...event, ...toStored(withServerUuid(JSON.parse(json)), sender) };
  }

  const unknownOf = <T extends StoredEvent>(events: readonly T[]): T[] =>
    known.unknownOf(events).filter(({ uuid }) => !delivered.hasUnnamed(uuid));

  /** Moves pending events to the dead letters as far as there is room, and deletes the others. @returns how many these are */
  function bury(
    seqs: readonly number[],
    reason: DroppedReason,
    copy: (seq: number) => boolean,
  ): number {
    const kept = new Set(seqs.filter(copy));
    const dropped = seqs.filter((seq) => !kept.has(seq));
    pending.endLeases([...kept]);
    pending.delete([...kept]);
    pending.forget(dropped);
    counters.current[reason === 'expired' ? 'dropped_expired' : 'dropped_refused'] +=
      dropped.length;
    return dropped.length;
  }

  return {
    enqueue(received: readonly StoredEvent[], now: number): EnqueueResult {
      const events = received.map(withOwnKey);
      const unknown = unknownOf(events);
      const superseded = dead.supersededBy(firstOfEach(events, unknown));
      const fresh = [...unknown, ...superseded.map(({ event }) => event)];
      pending.enqueue(fresh, now);
      dead.supersede(superseded);
      return { stored: fresh.length, known: events.length - fresh.length };
    },

    claim: (request: ClaimRequest, now: number) =>
      pause.since === undefined ? pending.claim(request, now) : NOTHING,

    ack(tokens: readonly string[], now: number): void {
      const seqs = pending.release(tokens);
      delivered.add(seqs, now);
      counters.current.bytes -= pending.delete(seqs);
    },

    retry: (tokens: readonly string[], how: Postponement) => pending.retry(tokens, how),

    makeDue: (slice: Slice) => pending.makeDue(slice),

    /** @returns how many did not fit */
    bury(tokens: readonly string[], reason: DroppedReason, error: string, now: number): number {
      const seqs = pending.release(tokens);
      return bury(seqs, reason, (seq) => dead.copyRefused(seq, reason, error, now));
    },

    buryRejected(events: readonly RejectedStoredEvent[], now: number): number {
      const room = limits.maxRejected - dead.countRejected(limits.maxRejected);
      let stored = 0;
      for (const event of unknownOf(events.map(withOwnKey))) {
        if (stored >= room || !dead.fits(event.bytes, 'rejected_by_policy')) continue;
        known.add(event.key);
        dead.addRejected(event, event.error, now);
        stored += 1;
      }
      return stored;
    },

    pause: (now: number) => pause.begin(now),

    resume: () => pause.end(),

    stats(now: number): OutboxStats {
      const { accepted, delivered, dead, pending: waiting, removed, ...more } = counters.current;
      const dropped = {
        refused_by_hubspot: more.dropped_refused,
        expired: more.dropped_expired,
      };
      const counts = { accepted, delivered, dead, pending: waiting, removed, dropped };
      const stats = { ...counts, ...pending.stats(now) };
      const pausedAt = pause.since;
      if (pausedAt === undefined) return stats;
      const { nextDueAt: _, nextSuspectDueAt: __, ...paused } = stats;
      return { ...paused, pausedAt };
    },

    listPending: (filter: PendingFilter, after: number, slice: Slice) =>
      search.list(filter, after, slice),

    buryPending(
      filter: PendingFilter,
      after: number,
      upToSeq: number,
      slice: Slice,
    ): Scanned<number> {
      const { found: seqs, last } = search.unclaimed(filter, after, upToSeq, slice);
      const kept = seqs.filter((seq) => dead.copyBuried(seq, slice.now));
      pending.endLeases(kept);
      pending.delete(kept);
      pending.pruneLeases();
      return { found: kept.length, last: kept.length < seqs.length ? null : last };
    },

    purgePending(
      filter: PendingFilter,
      after: number,
      upToSeq: number,
      slice: Slice,
    ): Scanned<number> {
      const { found: seqs, last } = search.unclaimed(filter, after, upToSeq, slice);
      pending.forget(seqs);
      pending.pruneLeases();
      return { found: seqs.length, last };
    },

    listDead: (query: DeadQuery) => dead.list(query),

    /** Goes with every group, so that a restart knows how far time had come. */
    noteTime({ at, wall }: OutboxTime): void {
      counters.current.last_at = at;
      counters.current.last_wall = wall;
    },

    /** Undefined for a new outbox. */
    lastTime(): OutboxTime | undefined {
      const { last_at: at, last_wall: wall } = counters.current;
      return at === 0 ? undefined : { at, wall };
    },

    /** Bounds a long replay or purge, so that it ends though events go on dying. */
    lastSeq: () => counters.current.seq,

    replay(filter: TakeFilter, upToSeq: number, { limit, now }: Slice): number {
      const events = dead.take(filter, upToSeq, limit);
      for (const event of events)
        pending.insert(event, now, event.attempts > 0 || event.mayHaveArrived === 1);
      return events.length;
    },

    purge(filter: TakeFilter, upToSeq: number, { limit }: Slice): number {
      const events = dead.take(filter, upToSeq, limit);
      for (const { key, bytes } of events) {
        known.delete(key);
        counters.current.bytes -= bytes;
      }
      counters.current.removed += events.length;
      return events.length;
    },

    forgetPending(key: ErasureKey, after: number, limit: number) {
      const { seqs, last } = pending.ofSubject(key, after, limit);
      pending.forget(seqs);
      return { removed: seqs.length, last };
    },

    expire({ limit, now }: Slice): { readonly found: number; readonly dropped: number } {
      const seqs = pending.olderThan(now - limits.horizonMs, now, limit);
      const dropped = bury(seqs, 'expired', (seq) => dead.copyExpired(seq, now));
      pending.pruneLeases();
      return { found: seqs.length, dropped };
    },

    forgetDelivered: ({ limit, now }: Slice) =>
      delivered.forget(now - limits.dedupeWindowMs, limit),
  };
}

/** The first event of each key that is not among the `others`. */
function firstOfEach(events: readonly StoredEvent[], others: readonly StoredEvent[]) {
  const seen = new Set(others.map(({ key }) => key));
  return events.filter(({ key }) => !seen.has(key) && seen.add(key));
}

export type Actions = ReturnType<typeof actionsOf> & {
  /** Why nothing is stored now; undefined when all is well. */
  problem(): StorageProblem | undefined;
};

/** A call of an action as data. */
export interface Command {
  readonly action: keyof Actions;
  readonly args: readonly unknown[];
}

/** What one command came to, as data. */
export type Result = { readonly value: unknown } | Refusal;

export interface Refusal {
  readonly refused: 'full' | 'unavailable';
  readonly message: string;
}

export interface StoreOptions {
  readonly path: string;
  readonly limits: Required<OutboxLimits>;
  /** How many keys to keep in memory before they are merged into their table. */
  readonly mergeAt: number;
  /** Room on the disk that is kept for delivering what is stored; 0 keeps none. */
  readonly reserveBytes: number;
}

/** What stores more than it makes room for. */
const GROWING: ReadonlySet<string> = new Set<keyof Actions>(['enqueue', 'buryRejected']);

/** Looks at the file and its disk. A simulated disk has one of its own. */
export type Guard = Pick<
  StoreGuard,
  'problem' | 'problemBefore' | 'problemAfter' | 'makeRoom' | 'diskLow' | 'close'
>;

/** The database and all that is done with it, synchronously. */
export class SqliteStore {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #counters: CounterRow;
  readonly #known: KnownKeys;
  readonly #pending: PendingEvents;
  readonly #guard: Guard;
  readonly #actions: Actions;
  /** Once SQLite has met damage it may meet it again at any call, or not: what is stored beside it may be lost with it. */
  #damage: StorageProblem | undefined;

  constructor(
    db: DatabaseSync,
    { path, limits, mergeAt, reserveBytes }: StoreOptions,
    guard: Guard = new StoreGuard(db, path, reserveBytes),
  ) {
    this.#path = path;
    this.#db = db;
    this.#counters = new CounterRow(this.#db);
    this.#known = new KnownKeys(this.#db, this.#counters, mergeAt);
    this.#pending = new PendingEvents(this.#db, this.#counters, this.#known, limits);
    this.#guard = guard;
    this.#actions = {
      ...actionsOf(this.#db, this.#counters, this.#known, this.#pending, limits),
      problem: () => this.#guard.problem() ?? this.#damage,
    };
  }

  /**
   * Carries out a group of commands in one transaction: one fsync for all. Either all that gave a value are on disk, or none.
   * What would grow is refused where that is not safe; what makes room goes on.
   */
  transact(group: readonly Command[]): Result[] {
    const bytes = group.reduce((sum, { args }) => sum + jsonBytes(args), 0);
    const problem = this.#guard.problemBefore(bytes) ?? this.#damage;
    if (problem?.code === 'file_overwritten') return group.map((one) => refusedBy(problem, one));
    if (problem !== undefined) return this.#withoutGrowing(group, problem);
    const results = this.#commit(group);
    const change = this.#guard.problemAfter();
    // What was written to a file that is gone is not stored.
    if (change === undefined) return results;
    return results.map((result, at) => {
      return isGrowing(group[at] as Command) ? refusal(change.message) : result;
    });
  }

  close(): void {
    this.#guard.close(() => this.#db.close());
  }

  #withoutGrowing(group: readonly Command[], problem: StorageProblem): Result[] {
    const others = group.filter((command) => !isGrowing(command));
    const results = this.#commit(others);
    this.#guard.problemAfter();
    return group.map((command) => {
      return isGrowing(command) ? refusal(problem.message) : (results.shift() as Result);
    });
  }

  #commit(group: readonly Command[]): Result[] {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const results = group.map((command) => this.#attempt(command));
      this.#known.mergeSome();
      this.#counters.save();
      this.#db.exec('COMMIT');
      this.#counters.committed();
      this.#known.committed();
      return results;
    } catch (error) {
      this.#rollBack();
      const makesRoom = group.some((one) => !isGrowing(one) && one.action !== 'noteTime');
      if (makesRoom && isDiskFull(error) && this.#guard.makeRoom()) {
        return this.#withoutGrowing(group, this.#guard.diskLow());
      }
      this.#damage ??= damageOf(this.#path, error);
      const damage = this.#damage;
      if (damage !== undefined) return group.map((one) => refusedBy(damage, one));
      const message = messageFor(this.#path, error);
      return group.map(() => refusal(message));
    }
  }

  /** An action throws errors of the contract before its first write, so such an error refuses it alone. */
  #attempt({ action, args }: Command): Result {
    try {
      return { value: (this.#actions[action] as (...args: unknown[]) => unknown)(...args) };
    } catch (error) {
      if (!(error instanceof OutboxFullError)) throw error;
      return { refused: 'full', message: error.message };
    }
  }

  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // After some failures, a full disk among them, SQLite has done so: https://www.sqlite.org/lang_transaction.html
    }
    this.#counters.rolledBack();
    this.#known.rolledBack();
    this.#pending.rolledBack();
  }
}

const isGrowing = ({ action }: Command) => GROWING.has(action);

const refusal = (message: string): Refusal => ({ refused: 'unavailable', message });

/** Nothing of it is done, but what is wrong with the file is told. */
function refusedBy(problem: StorageProblem, { action }: Command): Result {
  return action === 'problem' ? { value: problem } : refusal(problem.message);
}

/** Of the events that a command is to store. */
function jsonBytes([events]: readonly unknown[]): number {
  if (!Array.isArray(events)) return 0;
  return events.reduce((sum, { bytes = 0 }: { readonly bytes?: number }) => sum + bytes, 0);
}
