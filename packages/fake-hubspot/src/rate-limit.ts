import type { Answer } from './answer.ts';
import { rateLimited } from './errors.ts';
import type { Handler } from './exchange.ts';
import type { FakeHubSpotConfig } from './options.ts';

/** Counts requests in fixed windows. HubSpot's are rolling, which can only be stricter across the edge of two windows. */
export interface RateLimit {
  /** Whether one more request fits. */
  take(now: number): boolean;
  left(now: number): number;
  clear(): void;
}

export function createRateLimit(windowMs: number, max: () => number): RateLimit {
  let window = Number.NEGATIVE_INFINITY;
  let used = 0;
  const enter = (now: number) => {
    const current = Math.floor(now / windowMs);
    // A request that was slowed down may be of a window that is over already.
    if (current <= window) return;
    window = current;
    used = 0;
  };
  return {
    take(now) {
      enter(now);
      if (used >= max()) return false;
      used++;
      return true;
    },
    left(now) {
      enter(now);
      return Math.max(0, max() - used);
    },
    clear() {
      used = 0;
    },
  };
}

/** What a limit needs of an account. */
type Limited<Limit extends string> = Readonly<Record<Limit, RateLimit>> & {
  readonly config: FakeHubSpotConfig;
};

/** Send is exempt from the account's limits and tells none; it has its own, per second. */
export function limitSends({ sendLimit, config }: Limited<'sendLimit'>, handler: Handler): Handler {
  return (exchange, params) =>
    sendLimit.take(exchange.call.receivedAt)
      ? handler(exchange, params)
      : rateLimited(exchange.correlationId, 'SECONDLY', config.switches.rateLimitBody);
}

/** The account's limit on everything else, told in the headers of every answer. */
export function limitCalls({ callLimit, config }: Limited<'callLimit'>, handler: Handler): Handler {
  return (exchange, params) => {
    const { receivedAt } = exchange.call;
    const { rateLimitBody, maxCallsPerTenSeconds } = config.switches;
    const answer: Answer = callLimit.take(receivedAt)
      ? handler(exchange, params)
      : rateLimited(exchange.correlationId, 'TEN_SECONDLY_ROLLING', rateLimitBody);
    const headers = {
      'x-hubspot-ratelimit-interval-milliseconds': '10000',
      'x-hubspot-ratelimit-max': String(maxCallsPerTenSeconds),
      'x-hubspot-ratelimit-remaining': String(callLimit.left(receivedAt)),
    };
    return { ...answer, headers: { ...headers, ...answer.headers } };
  };
}
