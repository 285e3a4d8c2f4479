import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, PROBE_BACKOFF, RETRY_BACKOFF } from './backoff.ts';

const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('doubles from one second to five minutes', () => {
  const longest = [0, 1, 2, 8, 9, 1000].map((attempt) => backoffMs(attempt, 0, () => 1));
  expect(longest).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000]);
});

test('probes from thirty seconds to a quarter of an hour', () => {
  const longest = [0, 1, 5].map((attempt) => backoffMs(attempt, 0, () => 1, PROBE_BACKOFF));
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
