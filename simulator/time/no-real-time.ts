import type { Scheduler } from './scheduler.ts';

/** Node's own, which it runs when every promise that can be kept has been kept. */
const afterPromises = globalThis.setImmediate;

export function endOfTurn(): Promise<void> {
  return new Promise((resolve) => void afterPromises(resolve));
}

/** What reached for them, also where somebody caught the error. */
export const complaints: string[] = [];

/**
 * Takes the runtime's clocks, timers and chance out of this process: what reaches for one fails with its name, because a run
 * that depends on one cannot be repeated. `setImmediate` means "after what is under way", which the scheduler can say.
 */
export function forbidRealTime(scheduler: () => Scheduler): void {
  const forbid = (name: string) => () => {
    complaints.push(`${name} was used`);
    throw new Error(`${name} was used in the simulator: pass in the clock or the random source.`);
  };
  Object.assign(globalThis, {
    setTimeout: forbid('setTimeout'),
    setInterval: forbid('setInterval'),
    setImmediate: (run: () => void) => void scheduler().schedule(run, 0),
  });
  Date.now = forbid('Date.now');
  Math.random = forbid('Math.random');
  performance.now = forbid('performance.now');
  crypto.randomUUID = forbid('crypto.randomUUID') as never;
  crypto.getRandomValues = forbid('crypto.getRandomValues') as never;
}
