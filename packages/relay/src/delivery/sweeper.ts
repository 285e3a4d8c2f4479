import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { RelayMetrics } from '../metrics.ts';
import type { Outbox } from '../outbox/outbox.ts';

export interface SweeperTools {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  readonly sweepMs: number;
}

/** Sweeps the outbox again and again. @returns the stop */
export function startSweeper({ outbox, clock, log, metrics, sweepMs }: SweeperTools): () => void {
  let isStopped = false;
  let cancel = () => {};

  async function sweep(): Promise<void> {
    try {
      const { expired, purged } = await outbox.sweep();
      if (expired > 0) {
        metrics.dead(expired, 'expired');
        log.error({ events: expired }, 'events expired before HubSpot took them');
      }
      if (purged > 0) log.info({ events: purged }, 'dead letters deleted after their retention');
    } catch (error) {
      log.error({ err: error }, 'cannot sweep the outbox');
    }
    if (!isStopped) schedule();
  }

  function schedule(): void {
    cancel = clock.schedule(() => void sweep(), sweepMs);
  }

  schedule();
  return () => {
    isStopped = true;
    cancel();
  };
}
