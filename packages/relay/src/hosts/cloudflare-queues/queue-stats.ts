import type { DeadReason, OutboxStats } from '../../outbox/outbox.ts';
import type { QueueProducer } from './bindings.ts';
import type { D1DeadLetters } from './d1-dead-letters.ts';
import type { D1Pause } from './d1-pause.ts';

/** What can be known of queues and of D1. What went through the queue is not counted. */
export interface QueueStats
  extends Pick<OutboxStats, 'pending' | 'dead' | 'dropped' | 'oldestPendingAt' | 'pausedAt'> {
  readonly deadByReason: Partial<Record<DeadReason, number>>;
}

export interface StatsSources {
  readonly events: QueueProducer;
  readonly deadLetters: D1DeadLetters;
  readonly pause: D1Pause;
}

/** `pending` and `oldestPendingAt` are Cloudflare's own figures of the queue of events: how new they are is Cloudflare's. */
export async function queueStats(sources: StatsSources): Promise<QueueStats> {
  const [backlog, deadByReason, dropped, pausedAt] = await Promise.all([
    sources.events.metrics(),
    sources.deadLetters.count(),
    sources.deadLetters.dropped(),
    sources.pause.since(),
  ]);
  const oldestPendingAt = backlog.oldestMessageTimestamp?.getTime() ?? 0;
  return {
    pending: backlog.backlogCount,
    dead: Object.values(deadByReason).reduce((sum, count) => sum + count, 0),
    deadByReason,
    dropped,
    ...(oldestPendingAt > 0 && { oldestPendingAt }),
    ...(pausedAt !== undefined && { pausedAt }),
  };
}
