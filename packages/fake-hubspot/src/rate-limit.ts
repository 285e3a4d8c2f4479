/** Counts requests in fixed windows. HubSpot's are rolling, which is never more permissive than two fixed windows. */
export interface RateLimit {
  /** Whether one more request fits. */
  take(now: number): boolean;
  left(now: number): number;
  clear(): void;
}

export function createRateLimit(windowMs: number, max: () => number): RateLimit {
  let window = Number.NaN;
  let used = 0;
  const enter = (now: number) => {
    const current = Math.floor(now / windowMs);
    if (current !== window) used = 0;
    window = current;
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
