import type { Clock } from '../../packages/relay/src/core/clock.ts';
import type { Scheduler } from '../time/scheduler.ts';

/** The life of a process: after its end nothing of it runs, and it hears and says nothing. */
export interface Life {
  readonly isOver: boolean;
  /** The process's clock, which may be wrong and may jump; what it waits for is not moved by that. */
  readonly clock: Clock;
  /** What the outside does for the process: what comes back after its end is not heard. */
  hear<T>(promise: Promise<T>): Promise<T>;
  /** Resolves at the end. */
  readonly over: Promise<undefined>;
  end(): void;
}

export function createLife(scheduler: Scheduler, skewMs: () => number): Life {
  let isOver = false;
  let end = (_: undefined) => {};
  const over = new Promise<undefined>((resolve) => {
    end = resolve;
  });
  const clock: Clock = {
    now: () => scheduler.now() + skewMs(),
    monotonic: () => scheduler.now(),
    schedule: (run, delayMs) =>
      scheduler.schedule(() => {
        if (!isOver) run();
      }, delayMs),
  };
  return {
    get isOver() {
      return isOver;
    },
    clock,
    hear: (promise) =>
      new Promise((resolve, reject) => {
        promise.then(
          (value) => isOver || resolve(value),
          (error) => isOver || reject(error),
        );
      }),
    over,
    end() {
      isOver = true;
      end(undefined);
    },
  };
}
