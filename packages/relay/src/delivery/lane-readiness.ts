import type { OutboxStats } from '../outbox/outbox.ts';
import type { LaneStatus } from './lane.ts';

/**
 * Whether a relay delivers, for `/readyz`. One event that HubSpot answers with 401 says nothing about the token, so a pause counts
 * by two witnesses at least; an operator's pause always does.
 */
export function isDelivering(lane: LaneStatus): boolean {
  return lane.state !== 'paused' || (lane.cause !== 'operator' && lane.witnesses < 2);
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
