import { expect, test } from 'vitest';
import { createMemoryOutbox } from '../../test/support/memory-outbox.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { silentLogger } from '../observe/log.ts';
import { createMetrics } from './metrics.ts';
import { startSweeper } from './sweeper.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** A sweeper on a clock that can be set, and how often it swept. */
function sweeping(offsetMs = 0) {
  const time = createVirtualClock();
  let offset = offsetMs;
  let sweeps = 0;
  const clock = { ...time, now: () => time.now() + offset };
  const outbox = createMemoryOutbox({ clock: clock.now });
  const counted = {
    ...outbox,
    sweep: () => {
      sweeps += 1;
      return outbox.sweep();
    },
  };
  startSweeper({
    outbox: counted,
    clock,
    log: silentLogger,
    metrics: createMetrics(),
    sweepMs: MINUTE,
    lane: () => ({ state: 'open' }),
  });
  return {
    time,
    outbox,
    sweeps: () => sweeps,
    setClock: (ms: number) => {
      offset = ms;
    },
  };
}

test('what is overdue has a quarter of an hour after a start and after a pause', async () => {
  const { time, outbox, sweeps } = sweeping();
  await time.advance(14 * MINUTE);
  expect(sweeps()).toBe(0);
  await time.advance(2 * MINUTE);
  expect(sweeps()).toBeGreaterThan(0);
  await outbox.pause();
  await time.advance(DAY);
  const before = sweeps();
  await outbox.resume();
  await time.advance(14 * MINUTE);
  expect(sweeps()).toBe(before);
  await time.advance(2 * MINUTE);
  expect(sweeps()).toBeGreaterThan(before);
});

test('a clock that is set back days does not stop the sweeping for as long', async () => {
  const { time, sweeps, setClock } = sweeping(10 * DAY);
  await time.advance(MINUTE);
  setClock(0);
  await time.advance(20 * MINUTE);
  expect(sweeps()).toBeGreaterThan(0);
});
