import type { Meter, ObservableGauge } from '@opentelemetry/api';
import { type Clock, valueWithin } from '../core/clock.ts';
import type { Outbox, OutboxStats } from '../outbox/outbox.ts';
import type { LaneStatus } from './lane.ts';

export interface ObservedQueue {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly lane: (stats: Pick<OutboxStats, 'pausedAt'>) => LaneStatus;
}

/** A scrape waits for 10 seconds. Without these gauges it shows all the others. */
const STATS_TIMEOUT_MS = 5_000;

const laneStates: readonly LaneStatus['state'][] = ['open', 'backing_off', 'paused'];

/** Gauges that are read at each scrape: queue depth, age of the oldest event, dead letters, state of the lane. */
export function observeQueue(meter: Meter, { outbox, clock, lane }: ObservedQueue): () => void {
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableGauge(`hubrelay.${name}`, { unit, description });
  const depth = gauge('queue.depth', '{event}', 'Events that wait for delivery');
  const oldest = gauge(
    'queue.oldest.age.seconds',
    's',
    'Age of the oldest event that waits for delivery',
  );
  const deadLetters = gauge('dead_letters', '{event}', 'Dead letters in the outbox');
  const state = gauge('lane.state', '1', '1 for the state that the lane to HubSpot is in');
  const all = [depth, oldest, deadLetters, state];

  const observe = async (result: Observer) => {
    const stats = await valueWithin(STATS_TIMEOUT_MS, clock, outbox.stats());
    if (!stats) return;
    const current = lane(stats).state;
    for (const name of laneStates) {
      result.observe(state, name === current ? 1 : 0, { state: name });
    }
    result.observe(depth, stats.pending);
    result.observe(deadLetters, stats.dead);
    result.observe(oldest, ageSeconds(stats, clock.now()));
  };
  meter.addBatchObservableCallback(observe, all);
  return () => meter.removeBatchObservableCallback(observe, all);
}

interface Observer {
  observe(gauge: ObservableGauge, value: number, labels?: Record<string, string>): void;
}

function ageSeconds({ oldestPendingAt }: OutboxStats, now: number): number {
  return oldestPendingAt === undefined ? 0 : Math.max(0, now - oldestPendingAt) / 1000;
}
