import { expect, test } from 'vitest';
import { MAX_DOWNTIME_MS, outboxClock } from './outbox-clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = 1_764_000_000_000;

function clocks(offsetMs = 0) {
  let offset = offsetMs;
  let passed = 0;
  return {
    sources: { wall: () => START + offset + passed, monotonic: () => 500 + passed },
    set: (ms: number) => {
      offset = ms;
    },
    pass: (ms: number) => {
      passed += ms;
    },
  };
}

test.each([30 * DAY, 3 * DAY, -HOUR])('a clock that is set by %i ms moves nothing', (offset) => {
  const { sources, set, pass } = clocks();
  const clock = outboxClock(sources);
  expect(clock.now()).toBe(START);
  set(offset);
  pass(1000);
  expect(clock.now()).toBe(START + 1000);
  // What is told outside goes by the clock that everybody looks at.
  expect(clock.toWall(START)).toBe(START + offset);
  expect(clock.fromWall(START + offset)).toBe(START);
});

test('after a restart it goes on from where it was, and counts a downtime', () => {
  const { sources } = clocks(HOUR);
  expect(outboxClock(sources, { at: START, wall: START }).now()).toBe(START + HOUR);
});

test.each([
  ['back', -30 * DAY, 0],
  ['ahead', 30 * DAY, MAX_DOWNTIME_MS],
])('a clock that is %s after a restart ages nothing by days', (_, offset, aged) => {
  const { sources } = clocks(offset);
  expect(outboxClock(sources, { at: START, wall: START }).now()).toBe(START + aged);
});

test('a clock that was wrong and is right again leaves nothing in the future', () => {
  const wrong = outboxClock(clocks(30 * DAY).sources, { at: START, wall: START }).time();
  const right = outboxClock(clocks(HOUR).sources, wrong);
  expect(right.now()).toBeGreaterThanOrEqual(wrong.at);
});
