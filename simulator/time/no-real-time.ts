import type { Scheduler } from './scheduler.ts';

/** Node's own: before each callback every promise that can be kept has been kept. */
const afterPromises = globalThis.setImmediate;

/** So many callbacks at once cost about as much as one, because a round of Node's event loop costs more than most steps. */
const TURNS_PER_ROUND = 64;

/** Calls `turn` until it returns false. After each call every promise that can be kept is kept. */
export function takeTurns(turn: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const take = () => {
      if (isOver) return;
      try {
        if (turn()) return;
        resolve();
      } catch (error) {
        reject(error);
      }
      isOver = true;
    };
    const begin = () => {
      for (let i = 1; i < TURNS_PER_ROUND; i++) afterPromises(take);
      afterPromises(() => {
        take();
        if (!isOver) begin();
      });
    };
    begin();
  });
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
