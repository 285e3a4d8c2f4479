import type { TakeFilter } from '../dead-letter-rows.ts';
import type { ErasureKey } from '../erasure.ts';
import { JsonClaim } from '../json-claim.ts';
import type { OutboxLimits } from '../limits.ts';
import {
  type Claim,
  type DeadFilter,
  type DeadLetter,
  type Outbox,
  type OutboxStats,
  OutboxUnavailableError,
} from '../outbox.ts';
import type { OutboxClock } from '../outbox-clock.ts';
import type { PendingEvent, PendingFilter } from '../pending-event.ts';
import { pageOfPending, SCAN_SLICE, sumOverPending } from '../pending-rows.ts';
import type { StorageProblem } from '../storage-problem.ts';
import { type Engine, GroupCommit } from './engine.ts';
import { type ClaimedEvents, toStored } from './pending-events.ts';
import type { Slice } from './store.ts';

export interface EngineOutboxOptions {
  readonly path: string;
  readonly clock: OutboxClock;
  readonly limits: Required<OutboxLimits>;
}

/** Rows per transaction in work over many rows. */
const SLICE = 500;

export interface SqliteOutbox extends Outbox {
  /** Why it takes no events now; undefined when it does. Never rejects. */
  problem(): Promise<StorageProblem | undefined>;
}

/** The outbox contract in terms of the store's actions. */
export function outboxOn(
  engine: Engine,
  { path, clock, limits }: EngineOutboxOptions,
): SqliteOutbox {
  const commits = new GroupCommit(engine, clock.time);
  let closing: Promise<void> | undefined;

  const call: GroupCommit['call'] = async (action, ...args) => {
    if (closing) throw new OutboxUnavailableError(`Outbox ${path} is closed.`);
    return commits.call(action, ...args);
  };

  /** Runs slices until one comes up short. @returns the sum of their counts */
  async function inSlices(run: (slice: Slice) => Promise<number>): Promise<number> {
    let total = 0;
    let count = SLICE;
    while (count === SLICE) {
      count = await run({ limit: SLICE, now: clock.now() });
      total += count;
    }
    return total;
  }

  const purge = async (filter: TakeFilter) => {
    const upToSeq = await call('lastSeq');
    return inSlices((slice) => call('purge', filter, upToSeq, slice));
  };

  async function takePending(action: 'buryPending' | 'purgePending', filter: PendingFilter) {
    const upToSeq = await call('lastSeq');
    const found = { ...filter, ...boundsOf(filter, clock) };
    return sumOverPending(upToSeq, (after) =>
      call(action, found, after, upToSeq, { limit: SLICE, now: clock.now() }),
    );
  }

  async function forgetPending(key: ErasureKey): Promise<number> {
    let total = 0;
    // It ends though events go on coming.
    const upToSeq = await call('lastSeq');
    let after: number | null = 0;
    while (after !== null && after < upToSeq) {
      const slice: { removed: number; last: number | null } = await call(
        'forgetPending',
        key,
        after,
        SCAN_SLICE,
      );
      total += slice.removed;
      after = slice.last;
    }
    return total;
  }

  return {
    enqueue: async (events, sender = 'page') =>
      call(
        'enqueue',
        events.map((event) => toStored(event, sender)),
        clock.now(),
      ),

    async claim(request) {
      return claimsOf(await call('claim', request, clock.now()), clock.toWall);
    },

    ack: (claims) => call('ack', tokensOf(claims), clock.now()),

    retry: (claims, { delayMs, error, ...how }) =>
      call('retry', tokensOf(claims), {
        ...how,
        dueAt: clock.now() + delayMs,
        error: error === undefined ? null : JSON.stringify(error),
      }),

    bury: (claims, reason, error) =>
      call('bury', tokensOf(claims), reason, JSON.stringify(error), clock.now()),

    async buryRejected(events) {
      const rejected = events.map(({ event, message }) => {
        return { ...toStored(event, 'page'), error: JSON.stringify({ message }) };
      });
      return call('buryRejected', rejected, clock.now());
    },

    pause: () => call('pause', clock.time().wall),

    async resume() {
      await call('resume');
      await inSlices((slice) => call('makeDue', slice));
    },

    stats: async () => statsInWallTime(await call('stats', clock.now()), clock.toWall),

    async listPending({ limit, cursor, ...filter }) {
      const found = { ...filter, ...boundsOf(filter, clock) };
      const page = await pageOfPending(
        { limit, ...(cursor !== undefined && { cursor }) },
        (after, most) => call('listPending', found, after, { limit: most, now: clock.now() }),
      );
      return { ...page, items: page.items.map((item) => pendingInWallTime(item, clock.toWall)) };
    },

    buryPending: (filter) => takePending('buryPending', filter),

    purgePending: (filter) => takePending('purgePending', filter),

    async listDead(query) {
      const page = await call('listDead', { ...query, ...boundsOf(query, clock) });
      return { ...page, items: page.items.map((letter) => letterInWallTime(letter, clock.toWall)) };
    },

    async replay(filter) {
      const upToSeq = await call('lastSeq');
      const found = { ...filter, ...boundsOf(filter, clock) };
      return inSlices((slice) => call('replay', found, upToSeq, slice));
    },

    purge: (filter) => purge({ ...filter, ...boundsOf(filter, clock) }),

    forget: async (key) => (await forgetPending(key)) + (await purge({ subject: key })),

    async sweep() {
      // First, because it makes room for what expires.
      const purged = await purge({ before: clock.now() - limits.retentionMs + 1 });
      let dropped = 0;
      const old = await inSlices(async (slice) => {
        const taken = await call('expire', slice);
        dropped += taken.dropped;
        return taken.found;
      });
      await inSlices((slice) => call('forgetDelivered', slice));
      return { expired: old - dropped, dropped, purged };
    },

    problem: () =>
      call('problem').catch(({ message }: Error) => ({ code: 'unavailable', message })),

    async close() {
      closing ??= commits.close();
      await closing;
    },
  };
}

const tokensOf = (claims: readonly Claim[]) => claims.map(({ token }) => token);

/** The times of a filter by the outbox's own clock. */
function boundsOf(
  { after, before }: Pick<DeadFilter, 'after' | 'before'>,
  { fromWall }: OutboxClock,
) {
  return {
    ...(after !== undefined && { after: fromWall(after) }),
    ...(before !== undefined && { before: fromWall(before) }),
  };
}

function statsInWallTime(stats: OutboxStats, toWall: (at: number) => number): OutboxStats {
  const { oldestPendingAt, nextDueAt, nextSuspectDueAt } = stats;
  return {
    ...stats,
    ...(oldestPendingAt !== undefined && { oldestPendingAt: toWall(oldestPendingAt) }),
    ...(nextDueAt !== undefined && { nextDueAt: toWall(nextDueAt) }),
    ...(nextSuspectDueAt !== undefined && { nextSuspectDueAt: toWall(nextSuspectDueAt) }),
  };
}

function letterInWallTime(letter: DeadLetter, toWall: (at: number) => number): DeadLetter {
  return { ...letter, firstAt: toWall(letter.firstAt), lastAt: toWall(letter.lastAt) };
}

function pendingInWallTime(event: PendingEvent, toWall: (at: number) => number): PendingEvent {
  return { ...event, enqueuedAt: toWall(event.enqueuedAt), dueAt: toWall(event.dueAt) };
}

function claimsOf(claimed: ClaimedEvents, toWall: (at: number) => number): Claim[] {
  const jsons = claimed.lines.split('\n');
  return claimed.tokens.map(
    (token, row) =>
      new JsonClaim({
        json: jsons[row] as string,
        token,
        attempts: claimed.attempts[row] as number,
        suspicion: claimed.suspicions[row] as number,
        mayHaveArrived: claimed.mayHaveArrived[row] === 1,
        enqueuedAt: toWall(claimed.enqueuedAts[row] as number),
      }),
  );
}
