import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { valueWithin } from './clock.ts';

test('a value that does not come in time, or never, is undefined', async () => {
  const clock = createVirtualClock();
  const never = new Promise<number>(() => {});
  const waiting = valueWithin(5000, clock, never);
  await clock.advance(5000);
  expect(await waiting).toBeUndefined();
  expect(await valueWithin(5000, clock, Promise.reject(new Error('no')))).toBeUndefined();
  expect(await valueWithin(5000, clock, Promise.resolve(7))).toBe(7);
});
