import { expect, test } from 'vitest';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { OutboxStats } from '../outbox/outbox.ts';
import type { LaneStatus } from './lane.ts';
import { isDelivering, watchWaits, withoutWords } from './lane-readiness.ts';

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

function watched() {
  const clock = createVirtualClock();
  const at = clock.now();
  const outbox = { stats: async () => ({ ...stats, delivered: 7 }) as OutboxStats };
  const waits = watchWaits(outbox, clock);
  return { clock, wait: (seen: object, lane = open as LaneStatus) => waits.of(seen, lane), at };
}

test('an event that fails for days makes nothing late while HubSpot takes others', async () => {
  const { clock, wait, at } = watched();
  await clock.advance(100);
  const old = { ...stats, oldestPendingAt: at };
  expect(wait({ ...old, freshDueAt: at + 90 }).ms).toBe(10);
  expect(wait({ ...old, pending: 1 }).ms).toBe(0);
  expect(wait(old, paused(2)).ms).toBe(100);
});

test('several events that fail are late when no relay has delivered anything, also where this one made few of the calls', async () => {
  const { clock, wait, at } = watched();
  const old = { ...stats, oldestPendingAt: at };
  await clock.advance(400);
  expect(wait(old)).toEqual({ ms: 400, isStandstill: true });
  expect(wait({ ...old, delivered: 8 }).ms).toBe(0);
  await clock.advance(100);
  expect(wait({ ...old, delivered: 8 }).ms).toBe(100);
  expect(wait({ ...old, delivered: 8, freshDueAt: at + 490 }).ms).toBe(10);
});

test('the public does not learn what HubSpot said', () => {
  expect(JSON.stringify(withoutWords(paused(2)))).not.toContain('secret');
});
