import { setImmediate as afterIo } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';
import type { Outbox } from '../../src/outbox/outbox.ts';

/** A clock that stands still until it is told to go on, and then runs everything in order. */
export interface VirtualClock extends Clock {
  /** Lets `ms` pass, running what falls due, each after everything before it has settled. */
  advance(ms: number): Promise<void>;
  /** Jumps from timer to timer until the condition holds. @throws when there is no timer left, or after `limitMs` */
  runUntil(condition: () => boolean | Promise<boolean>, limitMs?: number): Promise<void>;
  /** Time stands still until this has ended: for work that takes real time, as that of a database. */
  waitFor(work: Promise<unknown>): void;
  /** How many timers wait. */
  timers(): number;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export function createVirtualClock(startAt = 1_764_000_000_000): VirtualClock {
  let now = startAt;
  const timers = new Set<Timer>();
  const realWork = new Set<Promise<unknown>>();

  function next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  }

  function fire(timer: Timer): void {
    now = Math.max(now, timer.at);
    timers.delete(timer);
    timer.run();
  }

  async function settle(): Promise<void> {
    do {
      await Promise.allSettled(realWork);
      await promisesRun();
    } while (realWork.size > 0);
  }

  return {
    now: () => now,
    monotonic: () => now,
    schedule(run, delayMs) {
      const timer = { at: now + Math.max(0, delayMs), run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let timer = next(); timer !== undefined && timer.at <= end; timer = next()) {
        fire(timer);
        await settle();
      }
      now = end;
    },
    async runUntil(condition, limitMs = 7 * 24 * 3_600_000) {
      const end = now + limitMs;
      await settle();
      while (!(await condition())) {
        const timer = next();
        if (timer === undefined) throw new Error('The condition does not hold and no timer waits.');
        if (timer.at > end) throw new Error(`The condition does not hold after ${limitMs} ms.`);
        fire(timer);
        await settle();
      }
    },
    waitFor(work) {
      const done = () => void realWork.delete(work);
      realWork.add(work);
      work.then(done, done);
    },
    timers: () => timers.size,
  };
}

/** Until promises that need no time have run: several rounds, because each may start the next. */
async function promisesRun(): Promise<void> {
  for (let round = 0; round < 4; round++) await afterIo();
}

/** An outbox for whose work a virtual clock waits. */
export function awaited(outbox: Outbox, clock: VirtualClock): Outbox {
  return new Proxy(outbox, {
    get(target, name: keyof Outbox) {
      const method = target[name] as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => {
        const work = method.apply(target, args);
        clock.waitFor(work);
        return work;
      };
    },
  });
}
