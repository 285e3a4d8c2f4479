/** The time and the only way to wait. Passed in everywhere, so that tests run days of outage in milliseconds. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `run` once after `delayMs`. The function returned calls it off. */
  schedule(run: () => void, delayMs: number): () => void;
}

/** The runtime's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(run, delayMs) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(resolve, delayMs);
  });
}

/** Resolves when the promise does, or after `limitMs`: whichever is first. The promise must not reject. */
export function within(limitMs: number, clock: Clock, promise: Promise<unknown> | undefined) {
  return new Promise<void>((resolve) => {
    const stopTimer = clock.schedule(resolve, limitMs);
    Promise.resolve(promise).then(() => {
      stopTimer();
      resolve();
    });
  });
}
