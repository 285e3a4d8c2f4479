import { expect, test } from 'vitest';
import type { LaneStatus } from './lane.ts';
import { isDelivering, oldestWaitMs, withoutWords } from './lane-readiness.ts';

const open: LaneStatus = { state: 'open' };
const paused = (witnesses: number, cause: 'unauthorized' | 'operator' = 'unauthorized') =>
  ({ state: 'paused', cause, since: 0, witnesses, error: { message: 'secret words' } }) as const;

test('one event that HubSpot answers with 401 does not make the relay unready', () => {
  expect(isDelivering(paused(1), 100)).toBe(true);
  expect(isDelivering(paused(2), 100)).toBe(false);
  expect(isDelivering(paused(0, 'operator'), 100)).toBe(false);
  expect(isDelivering(open, 100)).toBe(true);
});

test('a passing fault makes the relay unready after a minute without a delivery', () => {
  const down = { ...paused(2), state: 'backing_off', cause: 'server_error' } as const;
  expect(isDelivering(down, 59_999)).toBe(true);
  expect(isDelivering(down, 60_000)).toBe(false);
  expect(isDelivering({ ...down, witnesses: 1 }, 60_000)).toBe(true);
});

test('an event that fails for days makes nothing late while HubSpot takes others', () => {
  const stats = { oldestPendingAt: 0, freshDueAt: 90 };
  expect(oldestWaitMs(stats, open, 100)).toBe(10);
  expect(oldestWaitMs({ oldestPendingAt: 0 }, open, 100)).toBe(0);
  expect(oldestWaitMs(stats, paused(2), 100)).toBe(100);
});

test('the public does not learn what HubSpot said', () => {
  expect(JSON.stringify(withoutWords(paused(2)))).not.toContain('secret');
});
