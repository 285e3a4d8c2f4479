const DAY_MS = 86_400_000;

/**
 * Milliseconds to wait after the n-th failure in a row: full jitter over 2 s, 4 s, … 128 s, and from the eighth on four to
 * nine minutes. So a relay that is down costs a page at most ten requests in ten minutes.
 * `Retry-After` (seconds or a date) is waited out first, up to a day.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(failures: number, retryAfter: string | null): number {
  const asked = +(retryAfter as string) * 1000 || Date.parse(retryAfter as string) - Date.now();
  return (
    Math.min(Math.max(asked || 0, 0), DAY_MS) +
    (Math.random() + +(failures > 7)) * 1000 * 2 ** Math.min(failures, 8)
  );
}
