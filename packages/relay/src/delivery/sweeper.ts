import type { Clock } from '../core/clock.ts';
import type { Logger } from '../observe/log.ts';
import { NO_ROOM } from '../outbox/limits.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { LaneStatus } from './lane.ts';
import type { RelayMetrics } from './metrics.ts';
import { noSteps, type StepLog } from './steps.ts';

export interface SweeperTools {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  readonly sweepMs: number;
  /** @default nothing is remembered */
  readonly steps?: StepLog;
  readonly lane: () => LaneStatus;
}

/** After a start or a pause what is overdue gets this long to be delivered before it may expire. */
const GRACE_MS = 900_000;

/**
 * Sweeps the outbox again and again, but not while delivery is paused, by HubSpot or by hand: the horizon is for events that
 * HubSpot had a chance to take, and a token that was rotated on a Friday must not cost the weekend's events. @returns the stop
 */
export function startSweeper(tools: SweeperTools): () => void {
  const { outbox, clock, log, metrics, sweepMs, lane, steps = noSteps } = tools;
  let isStopped = false;
  let notBefore = clock.monotonic() + GRACE_MS;
  let cancel = () => {};

  async function sweepUnlessPaused(): Promise<void> {
    const now = clock.monotonic();
    if (await isPaused()) notBefore = now + GRACE_MS;
    if (now >= notBefore) await sweep();
  }

  async function isPaused(): Promise<boolean> {
    return lane().state === 'paused' || (await outbox.stats()).pausedAt !== undefined;
  }

  async function sweep(): Promise<void> {
    const { expired, dropped, purged } = await outbox.sweep();
    steps.died(expired, { reason: 'expired' });
    steps.died(dropped, { reason: 'expired', message: NO_ROOM });
    if (expired > 0) {
      metrics.dead(expired, 'expired');
      log.error({ events: expired }, 'events expired before HubSpot took them');
    }
    if (dropped > 0) {
      metrics.dropped(dropped, 'expired');
      log.error({ events: dropped, reason: 'expired' }, NO_ROOM);
    }
    if (purged > 0) log.info({ events: purged }, 'dead letters deleted after their retention');
  }

  async function takeTurn(): Promise<void> {
    try {
      await sweepUnlessPaused();
    } catch (error) {
      log.error({ err: error }, 'cannot sweep the outbox');
    }
    if (!isStopped) schedule();
  }

  function schedule(): void {
    cancel = clock.schedule(() => void takeTurn(), sweepMs);
  }

  schedule();
  return () => {
    isStopped = true;
    cancel();
  };
}
