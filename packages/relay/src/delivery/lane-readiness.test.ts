import { expect, test } from 'vitest';
import type { LaneStatus } from './lane.ts';
import { createWaitWatch, isDelivering, withoutWords } from './lane-readiness.ts';

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

const stats = { pending: 3, delivered: 7, oldestPendingAt: 0 };

test('an event that fails for days makes nothing late while HubSpot takes others', () => {
  const wait = createWaitWatch();
  expect(wait({ ...stats, freshDueAt: 90 }, open, 100).ms).toBe(10);
  expect(wait({ ...stats, pending: 1 }, open, 100).ms).toBe(0);
  expect(wait(stats, paused(2), 100).ms).toBe(100);
});

test('several events that fail are late when no relay has delivered anything, also where this one made few of the calls', () => {
  const wait = createWaitWatch();
  expect(wait(stats, open, 100)).toEqual({ ms: 0, isStandstill: true });
  expect(wait(stats, open, 500)).toEqual({ ms: 400, isStandstill: true });
  expect(wait({ ...stats, delivered: 8 }, open, 600).ms).toBe(0);
  expect(wait({ ...stats, delivered: 8, freshDueAt: 690 }, open, 700).ms).toBe(10);
});

test('the public does not learn what HubSpot said', () => {
  expect(JSON.stringify(withoutWords(paused(2)))).not.toContain('secret');
});
