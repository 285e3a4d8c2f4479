import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, RETRY_BACKOFF } from './backoff.ts';

const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('grows from one second to five minutes', () => {
  const longest = [0, 1, 2, 8, 15, 1000].map((attempt) => backoffMs(attempt, 0, () => 1));
  expect(longest).toEqual([1000, 1500, 2250, 25_629, 300_000, 300_000]);
});

test('doubles where nothing else is said', () => {
  const range = { baseMs: 30_000, maxMs: 900_000 };
  const longest = [0, 1, 5].map((attempt) => backoffMs(attempt, 0, () => 1, range));
  expect(longest).toEqual([30_000, 60_000, 900_000]);
});

test('never comes before what HubSpot asked for, and never later than the longer of both', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.nat(86_400_000), anyRandom, (attempt, notBeforeMs, random) => {
      const waitMs = backoffMs(attempt, notBeforeMs, () => random);
      expect(waitMs).toBeGreaterThanOrEqual(notBeforeMs);
      expect(waitMs).toBeLessThanOrEqual(Math.max(notBeforeMs, RETRY_BACKOFF.maxMs));
    }),
  );
});
