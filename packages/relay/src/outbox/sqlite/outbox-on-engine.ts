import type { TakeFilter } from '../dead-letter-rows.ts';
import type { ErasureKey } from '../erasure.ts';
import { JsonClaim } from '../json-claim.ts';
import type { OutboxLimits } from '../limits.ts';
import { type Claim, type Outbox, OutboxUnavailableError } from '../outbox.ts';
import type { PendingFilter } from '../pending-event.ts';
import { pageOfPending, SCAN_SLICE, sumOverPending } from '../pending-rows.ts';
import type { StorageProblem } from '../storage-problem.ts';
import { type Engine, GroupCommit } from './engine.ts';
import { type ClaimedEvents, toStored } from './pending-events.ts';
import type { Slice } from './store.ts';

export interface EngineOutboxOptions {
  readonly path: string;
  readonly clock: () => number;
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
  const commits = new GroupCommit(engine);
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
      count = await run({ limit: SLICE, now: clock() });
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
    return sumOverPending((after) =>
      call(action, filter, after, upToSeq, { limit: SLICE, now: clock() }),
    );
  }

  async function forgetPending(key: ErasureKey): Promise<number> {
    let total = 0;
    let after: number | null = 0;
    while (after !== null) {
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
        clock(),
      ),

    async claim(request) {
      return claimsOf(await call('claim', request, clock()));
    },

    ack: (claims) => call('ack', tokensOf(claims), clock()),

    retry: (claims, { delayMs, error, ...how }) =>
      call('retry', tokensOf(claims), {
        ...how,
        dueAt: clock() + delayMs,
        error: error === undefined ? null : JSON.stringify(error),
      }),

    bury: (claims, reason, error) =>
      call('bury', tokensOf(claims), reason, JSON.stringify(error), clock()),

    async buryRejected(events) {
      const rejected = events.map(({ event, message }) => {
        return { ...toStored(event, 'page'), error: JSON.stringify({ message }) };
      });
      return call('buryRejected', rejected, clock());
    },

    pause: () => call('pause', clock()),

    async resume() {
      await call('resume');
      await inSlices((slice) => call('makeDue', slice));
    },

    stats: () => call('stats', clock()),

    listPending: ({ limit, cursor, ...filter }) =>
      pageOfPending({ limit, ...(cursor !== undefined && { cursor }) }, (after, most) =>
        call('listPending', filter, after, { limit: most, now: clock() }),
      ),

    buryPending: (filter) => takePending('buryPending', filter),

    purgePending: (filter) => takePending('purgePending', filter),

    listDead: (query) => call('listDead', query),

    async replay(filter) {
      const upToSeq = await call('lastSeq');
      return inSlices((slice) => call('replay', filter, upToSeq, slice));
    },

    purge,

    forget: async (key) => (await forgetPending(key)) + (await purge({ subject: key })),

    async sweep() {
      const expired = await inSlices((slice) => call('expire', slice));
      const purged = await purge({ before: clock() - limits.retentionMs + 1 });
      await inSlices((slice) => call('forgetDelivered', slice));
      return { expired, purged };
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

function claimsOf(claimed: ClaimedEvents): Claim[] {
  const jsons = claimed.lines.split('\n');
  return claimed.tokens.map(
    (token, row) =>
      new JsonClaim({
        json: jsons[row] as string,
        token,
        attempts: claimed.attempts[row] as number,
        suspicion: claimed.suspicions[row] as number,
        mayHaveArrived: claimed.mayHaveArrived[row] === 1,
        enqueuedAt: claimed.enqueuedAts[row] as number,
      }),
  );
}
