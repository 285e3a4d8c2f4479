import type { Outcome } from '../hubspot/outcome.ts';

/** How many batches may be on their way at once. Finds by trying what HubSpot takes well. */
export interface ConcurrencyLimit {
  /** A whole number of at least 1. */
  current(): number;
  record(outcome: Outcome, startedAt: number, durationMs: number): void;
}

/** Below this it never goes: so few calls flood no service, and events at fault must not slow the others down. */
const LEAST = 8;
const AFTER_OVERLOAD = 0.5;
const AFTER_SLOW = 0.9;

/** A call is slow when it takes this many times the average, and noticeably long. */
const SLOW_FACTOR = 3;
const SLOW_MS = 500;
const AVERAGE_WEIGHT = 0.1;

/**
 * Additive increase, multiplicative decrease, as TCP does it: one more after every round that went well, half after a rate
 * limit, a tenth less when calls become slow. A timeout alone does not count: it may be the fault of one event. Calls that began before the last decrease do not count again.
 */
export function createConcurrencyLimit(max: number): ConcurrencyLimit {
  const least = Math.min(LEAST, max);
  let limit = least;
  let averageMs: number | undefined;
  let decreasedAt = Number.NEGATIVE_INFINITY;

  function decrease(factor: number, startedAt: number, now: number): void {
    if (startedAt < decreasedAt) return;
    limit = Math.max(least, limit * factor);
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
  return outcome.kind === 'retry' && outcome.cause === 'rate_limited';
}
