import { type Clock, sleep } from '../core/clock.ts';

/** Spaces single calls where there is no batch address: a backlog must not become a flood of calls. */
export interface CallPace {
  /** Resolves when the next call may begin. */
  turn(): Promise<void>;
  record(isRateLimited: boolean): void;
}

const START_PER_SECOND = 100;
/** HubSpot documents 1,250 calls a second. */
const MOST_PER_SECOND = 1000;
const LEAST_PER_SECOND = 50;

/** Half of all calls may be answered with a rate limit because of what is in them. Only more than that is about the pace. */
const MUCH = 0.7;
const WEIGHT = 0.05;

/** Starts with 100 calls a second, a tenth more after as many that went well, half after a rate limit. */
export function createCallPace(clock: Clock): CallPace {
  let perSecond = START_PER_SECOND;
  let wentWell = 0;
  let nextAt = 0;
  let limitedShare = 0;
  let slowedAt = Number.NEGATIVE_INFINITY;

  return {
    async turn() {
      const now = clock.now();
      // A clock that was set back must not make calls wait for the old time.
      const beginAt = nextAt > now + 1000 * MOST_QUEUED_SECONDS ? now : Math.max(now, nextAt);
      nextAt = beginAt + 1000 / perSecond;
      if (beginAt > now) await sleep(clock, beginAt - now);
    },
    record(isRateLimited) {
      limitedShare += ((isRateLimited ? 1 : 0) - limitedShare) * WEIGHT;
      const now = clock.now();
      if (isRateLimited && limitedShare > MUCH && Math.abs(now - slowedAt) >= 1000) {
        slowedAt = now;
        perSecond = Math.max(LEAST_PER_SECOND, perSecond / 2);
      }
      wentWell = limitedShare > MUCH ? 0 : wentWell + 1;
      if (wentWell < perSecond) return;
      wentWell = 0;
      perSecond = Math.min(MOST_PER_SECOND, perSecond * 1.1);
    },
  };
}

const MOST_QUEUED_SECONDS = 120;
