import type { Clock } from '../core/clock.ts';

/** Something to wait for that may also not come. A `notify` without a waiter is kept for the next `wait`. */
export interface Signal {
  notify(): void;
  /** Resolves at the next `notify`, or after `ms`. */
  wait(ms: number): Promise<void>;
}

/** Timers of most runtimes overflow after 24 days and fire at once. */
const MAX_WAIT_MS = 3_600_000;

export function createSignal(clock: Clock): Signal {
  let isNotified = false;
  let wake = () => {};

  return {
    notify() {
      isNotified = true;
      wake();
    },
    async wait(ms) {
      if (!isNotified) {
        await new Promise<void>((resolve) => {
          const stopTimer = clock.schedule(resolve, Math.min(ms, MAX_WAIT_MS));
          wake = () => {
            stopTimer();
            resolve();
          };
        });
        wake = () => {};
      }
      isNotified = false;
    },
  };
}
