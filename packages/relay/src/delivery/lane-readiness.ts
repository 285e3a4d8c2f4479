import type { Clock } from '../core/clock.ts';
import type { Outbox, OutboxStats } from '../outbox/outbox.ts';
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

/** The part of an outbox's stats that tells how long events wait. */
export type WaitStats = Partial<
  Pick<OutboxStats, 'pending' | 'delivered' | 'oldestPendingAt' | 'freshDueAt'>
>;

export interface Wait {
  /** How long events have waited that should be at HubSpot by now, milliseconds. */
  readonly ms: number;
  /** Nothing was delivered all the time, and what waits has failed: it is told even where this relay made few of the calls. */
  readonly isStandstill: boolean;
}

/** So many events that fail are more than one bad event. */
const SEVERAL = 2;

export interface WaitWatch {
  of(stats: WaitStats, lane: LaneStatus): Wait;
  stop(): void;
}

/** How often the outbox is asked whether any relay has delivered something, when `/readyz` is not. */
const LOOK_MS = 60_000;

/**
 * While HubSpot takes events, those that fail again and again do not count: one of them would make the relay unready for two
 * days. Whether HubSpot takes events is seen in the outbox, so that each of several relays knows of the others' deliveries.
 */
export function watchWaits(outbox: Pick<Outbox, 'stats'>, clock: Clock): WaitWatch {
  let delivered: number | undefined;
  let deliveredAt = 0;
  let cancel = () => {};

  function see(stats: WaitStats): void {
    if (stats.delivered === undefined || stats.delivered === delivered) return;
    delivered = stats.delivered;
    deliveredAt = clock.now();
  }

  function look(): void {
    outbox.stats().then(see, () => {});
    cancel = clock.schedule(look, LOOK_MS);
  }

  look();
  return {
    of(stats, lane) {
      see(stats);
      const { pending = 0, oldestPendingAt, freshDueAt } = stats;
      const since = (at = Number.POSITIVE_INFINITY) => Math.max(0, clock.now() - at);
      if (lane.state !== 'open') return { ms: since(oldestPendingAt), isStandstill: false };
      if (freshDueAt !== undefined || oldestPendingAt === undefined || pending < SEVERAL)
        return { ms: since(freshDueAt), isStandstill: false };
      return { ms: since(Math.max(oldestPendingAt, deliveredAt)), isStandstill: true };
    },
    stop: () => cancel(),
  };
}

/** Anyone may ask whether the relay is ready: what HubSpot said is for the log and the owner. */
export function withoutWords(lane: LaneStatus): Omit<LaneStatus, 'error'> {
  const { error: _, ...rest } = { error: undefined, ...lane };
  return rest;
}
