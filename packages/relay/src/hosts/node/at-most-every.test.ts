import { expect, test } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { atMostEvery } from './at-most-every.ts';

test('a flood of questions is one look', async () => {
  let now = 1_000;
  let looks = 0;
  const look = async () => {
    looks += 1;
    return looks;
  };
  const ask = atMostEvery(500, look, { ...systemClock, monotonic: () => now });
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  now += 499;
  expect(await ask()).toBe(1);
  now += 1;
  expect(await ask()).toBe(2);
});
