import { type Meter, ValueType } from '@opentelemetry/api';
import { closedSet } from '../core/closed-set.ts';
import type { Outcome, Pause, Retry } from '../hubspot/outcome.ts';
import { relayMeter } from '../observe/meter.ts';
import type { DeadReason, DroppedReason } from '../outbox/outbox.ts';
import type { CallReport } from './send-events.ts';

/**
 * What delivery measures; what receiving counts is in receive/tally.ts. Only the API of OpenTelemetry is used here: without an
 * SDK, which the host may register, every call does nothing. All labels are from closed sets, and every counter begins at 0
 * with each of them. Units are in the names, as Prometheus has it, because its exporter does not put them there.
 */
export interface RelayMetrics {
  /** One call to HubSpot. */
  called(report: CallReport): void;
  /** @param lagsMs per event, from its acceptance to HubSpot's 2xx */
  delivered(lagsMs: readonly number[]): void;
  dead(events: number, reason: DeadReason): void;
  /** Had no room among the dead letters, and were deleted. */
  dropped(events: number, reason: DroppedReason): void;
}

const events = { unit: '{event}', valueType: ValueType.INT };

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LAG_SECONDS = [0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43_200, 172_800];
const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500];

const droppedReasons = closedSet<DroppedReason>({ refused_by_hubspot: true, expired: true });

const deadReasons = closedSet<DeadReason>({
  refused_by_hubspot: true,
  expired: true,
  rejected_by_policy: true,
  buried_by_operator: true,
});

/** What a call may come to, and of what. */
const OUTCOMES: { readonly [Kind in Outcome['kind']]: readonly string[] } = {
  delivered: ['none'],
  split: ['none'],
  refused: ['none'],
  retry: closedSet<Retry['cause']>({
    rate_limited: true,
    server_error: true,
    locked: true,
    timeout: true,
    network: true,
  }),
  pause: closedSet<Pause['cause']>({
    unauthorized: true,
    forbidden: true,
    migration: true,
    daily_limit: true,
    redirect: true,
    wrong_address: true,
  }),
};

/** A histogram's advice: where its buckets end. */
function buckets(explicitBucketBoundaries: number[]) {
  return { advice: { explicitBucketBoundaries } };
}

export function createMetrics(meter: Meter = relayMeter()): RelayMetrics {
  const delivered = meter.createCounter('hubrelay.events.delivered', {
    ...events,
    description: 'Events that HubSpot has',
  });
  const dead = meter.createCounter('hubrelay.events.dead', {
    ...events,
    description: 'Events that became dead letters, by reason',
  });
  const attempts = meter.createCounter('hubrelay.events.attempts', {
    ...events,
    description: 'Events in calls to HubSpot, by what became of the call',
  });
  const batchSize = meter.createHistogram('hubrelay.batch.size', {
    ...events,
    ...buckets(BATCH_SIZES),
    description: 'Events per call to HubSpot',
  });
  const duration = meter.createHistogram('hubrelay.upstream.duration.seconds', {
    unit: 's',
    ...buckets(SECONDS),
    description: 'How long HubSpot took to answer',
  });
  const lag = meter.createHistogram('hubrelay.delivery.lag.seconds', {
    unit: 's',
    ...buckets(LAG_SECONDS),
    description: 'From the acceptance of an event to its delivery',
  });

  const dropped = meter.createCounter('hubrelay.dead_letters.dropped', {
    ...events,
    description: 'Events deleted because the dead letters were full, by reason',
  });

  delivered.add(0);
  for (const reason of deadReasons) dead.add(0, { reason });
  for (const reason of droppedReasons) dropped.add(0, { reason });
  for (const [outcome, causes] of Object.entries(OUTCOMES)) {
    for (const cause of causes) attempts.add(0, { outcome, cause });
  }

  return {
    called({ events, outcome, durationMs }) {
      const cause = 'cause' in outcome ? outcome.cause : 'none';
      attempts.add(events.length, { outcome: outcome.kind, cause });
      batchSize.record(events.length);
      duration.record(durationMs / 1000, { outcome: outcome.kind });
    },
    delivered(lagsMs) {
      delivered.add(lagsMs.length);
      for (const lagMs of lagsMs) lag.record(lagMs / 1000);
    },
    dead: (count, reason) => dead.add(count, { reason }),
    dropped: (count, reason) => dropped.add(count, { reason }),
  };
}
