import { expect, test } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

test('exactly as many requests as the limit fit into a window', () => {
  const limit = createRateLimit(1_000, () => 2);
  expect([5_000, 5_500, 5_999, 6_000].map((now) => limit.take(now))).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect([limit.left(6_999), limit.left(7_000)]).toEqual([1, 2]);
});

test('a request of a window that is over frees nothing in the window of now', () => {
  const limit = createRateLimit(1_000, () => 1);
  expect([6_000, 5_999, 6_001].map((now) => limit.take(now))).toEqual([true, false, false]);
});
