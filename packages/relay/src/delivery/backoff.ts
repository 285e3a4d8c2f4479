/** The first wait, times `factor` with every try, up to the longest. */
export interface BackoffRange {
  readonly baseMs: number;
  readonly maxMs: number;
  /** @default 2 */
  readonly factor?: number;
}

/**
 * For looks at HubSpot and for its events. Most outages are short: an outage of ten seconds is over for the relay after fifteen,
 * where doubling would take thirty.
 */
export const GENTLE = 1.5;
export const RETRY_BACKOFF: BackoffRange = { baseMs: 1000, maxMs: 300_000, factor: GENTLE };

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
export function ceilingMs(attempt: number, { baseMs, maxMs, factor = 2 }: BackoffRange): number {
  return Math.min(maxMs, Math.round(baseMs * factor ** Math.min(attempt, 30)));
}
