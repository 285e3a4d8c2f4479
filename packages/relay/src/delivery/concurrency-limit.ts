import type { Outcome } from '../outcome.ts';

/** How many batches may be on their way at once. Finds by trying what HubSpot takes well. */
export interface ConcurrencyLimit {
  /** A whole number of at least 1. */
  current(): number;
  record(outcome: Outcome, startedAt: number, durationMs: number): void;
}

const START = 4;
const AFTER_OVERLOAD = 0.5;
const AFTER_SLOW = 0.9;

/** A call is slow when it takes this many times the average, and noticeably long. */
const SLOW_FACTOR = 3;
const SLOW_MS = 500;
const AVERAGE_WEIGHT = 0.1;

/**
 * Additive increase, multiplicative decrease, as TCP does it: one more after every round that went well, half after a rate
 * limit or a timeout, a tenth less when calls become slow. Calls that began before the last decrease do not count again.
 */
export function createConcurrencyLimit(max: number): ConcurrencyLimit {
  let limit = Math.min(START, max);
  let averageMs: number | undefined;
  let decreasedAt = Number.NEGATIVE_INFINITY;

  function decrease(factor: number, startedAt: number, now: number): void {
    if (startedAt < decreasedAt) return;
    limit = Math.max(1, limit * factor);
    decreasedAt = now;
  }

  function isSlow(durationMs: number): boolean {
    return averageMs !== undefined && durationMs > Math.max(SLOW_MS, averageMs * SLOW_FACTOR);
  }

  return {
    current: () => Math.floor(limit),
    record(outcome, startedAt, durationMs) {
      const now = startedAt + durationMs;
      if (isOverload(outcome)) return decrease(AFTER_OVERLOAD, startedAt, now);
      if (outcome.kind !== 'delivered') return;
      if (isSlow(durationMs)) decrease(AFTER_SLOW, startedAt, now);
      else limit = Math.min(max, limit + 1 / limit);
      averageMs = (averageMs ?? durationMs) * (1 - AVERAGE_WEIGHT) + durationMs * AVERAGE_WEIGHT;
    },
  };
}

function isOverload(outcome: Outcome): boolean {
  return (
    outcome.kind === 'retry' && (outcome.cause === 'rate_limited' || outcome.cause === 'timeout')
  );
}
