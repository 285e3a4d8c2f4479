import type { RelayMetrics } from '../delivery/metrics.ts';
import type { Logger } from '../observe/log.ts';
import type { RejectedEvent } from '../outbox/outbox.ts';

export interface KeepRejectedOptions {
  /** How many of the events are kept, 0 to 1. */
  readonly share: number;
  /** Stores them as dead letters, up to a cap of its own. @returns how many it stored */
  readonly bury: (events: readonly RejectedEvent[]) => Promise<number>;
  readonly log: Logger;
  readonly metrics: RelayMetrics;
  /** @default Math.random */
  readonly random?: () => number;
}

/** What clients send must not pile up where storage is slow. */
const MAX_RUNNING = 64;

/** Keeps a sample of what the policy refused. Best effort: it never rejects, and what would have to wait is dropped. */
export function keepRejected(options: KeepRejectedOptions) {
  const { share, bury, log, metrics, random = Math.random } = options;
  let running = 0;
  return async (events: readonly RejectedEvent[]): Promise<void> => {
    const sample = events.filter(() => random() < share);
    if (sample.length === 0 || running >= MAX_RUNNING) return;
    running += 1;
    try {
      const stored = await bury(sample);
      if (stored > 0) metrics.dead(stored, 'rejected_by_policy');
    } catch (error) {
      log.warn({ err: error }, 'cannot keep rejected events');
    }
    running -= 1;
  };
}
