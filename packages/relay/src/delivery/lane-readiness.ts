import type { OutboxStats } from '../outbox/outbox.ts';
import type { LaneStatus } from './lane.ts';

/** A short outage is no reason to wake anybody: the relay looks again by itself. */
const TOLERATED_MS = 60_000;

/**
 * Whether a relay delivers, for `/readyz`. One event that HubSpot answers with 401 says nothing about the token, so what HubSpot does
 * counts by two witnesses at least: a pause at once, a passing fault when nothing was delivered for a minute. An operator's
 * pause always counts.
 * @param now by the lane's clock
 */
export function isDelivering(lane: LaneStatus, now: number): boolean {
  if (lane.state === 'open') return true;
  if (lane.cause === 'operator') return false;
  if (lane.witnesses < 2) return true;
  return lane.state === 'backing_off' && now - lane.since < TOLERATED_MS;
}

/**
 * How long events have waited that should be at HubSpot by now, milliseconds. While HubSpot takes events, those that fail again
 * and again do not count: one of them would make the relay unready for two days.
 */
export function oldestWaitMs(
  { oldestPendingAt, freshDueAt }: Pick<OutboxStats, 'oldestPendingAt' | 'freshDueAt'>,
  lane: LaneStatus,
  now: number,
): number {
  const since = lane.state === 'open' ? freshDueAt : oldestPendingAt;
  return since === undefined ? 0 : Math.max(0, now - since);
}

/** Anyone may ask whether the relay is ready: what HubSpot said is for the log and the owner. */
export function withoutWords(lane: LaneStatus): Omit<LaneStatus, 'error'> {
  const { error: _, ...rest } = { error: undefined, ...lane };
  return rest;
}
