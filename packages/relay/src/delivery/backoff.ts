/** 1 s, doubled with every try, up to 5 minutes. */
export interface BackoffRange {
  readonly baseMs: number;
  readonly maxMs: number;
}

export const RETRY_BACKOFF: BackoffRange = { baseMs: 1000, maxMs: 300_000 };
export const PROBE_BACKOFF: BackoffRange = { baseMs: 30_000, maxMs: 900_000 };

/**
 * How long to wait after the failure number `attempt` (from 0): exponential with full jitter, so that what failed together does
 * not come back together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 * @param notBeforeMs what HubSpot asked for: the wait is never shorter
 */
export function backoffMs(
  attempt: number,
  notBeforeMs: number,
  random: () => number,
  range: BackoffRange = RETRY_BACKOFF,
): number {
  return Math.max(notBeforeMs, Math.ceil(random() * ceilingMs(attempt, range)));
}

/** Without jitter: the longest that `backoffMs` waits of its own. */
export function ceilingMs(attempt: number, { baseMs, maxMs }: BackoffRange): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
}
