/** The time and the only way to wait. Passed in everywhere, so that tests run days of outage in milliseconds. */
export interface Clock {
  /** Epoch milliseconds. It may be set, to anything. */
  now(): number;
  /** Milliseconds that have passed since any moment: for durations. It cannot be set. */
  monotonic(): number;
  /** Runs `run` once after `delayMs`. The function returned calls it off. */
  schedule(run: () => void, delayMs: number): () => void;
}

/** The runtime's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(run, delayMs) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Tells the time of day as it was at first and what has passed since, whatever is done to the clock: for durations. */
export function steadyClock(clock: Clock): Clock {
  const ahead = clock.now() - clock.monotonic();
  return { ...clock, now: () => Math.round(clock.monotonic() + ahead) };
}

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

/** What the promise comes to; undefined when it fails or takes longer than `limitMs`. */
export async function valueWithin<T>(
  limitMs: number,
  clock: Clock,
  promise: Promise<T>,
): Promise<T | undefined> {
  let value: T | undefined;
  const keep = (it: T) => {
    value = it;
  };
  await within(
    limitMs,
    clock,
    promise.then(keep, () => {}),
  );
  return value;
}
