import { type Meter, ValueType } from '@opentelemetry/api';
import type { Clock } from '../core/clock.ts';
import type { DeliveredSample } from '../delivery/delivered-sample.ts';
import type { Logger } from '../observe/log.ts';
import type { ReadBackClient } from './read-back-client.ts';
import { VERDICTS, type VerdictReason } from './verdict.ts';
import { READ_BACK_LAG_MS, type VerifiedEvent, verifyEvents } from './verify-events.ts';

export interface ScheduledSampleOptions {
  readonly client: ReadBackClient;
  readonly delivered: DeliveredSample;
  /** So many events of each quarter of an hour. */
  readonly events: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly meter: Meter;
}

const EVERY_MS = 900_000;
/** A line with more of them would be long; `hubrelay verify` tells the others. */
const MOST_NAMED = 10;

/** What verification measures. Every counter begins at 0. */
export function createVerifyMetrics(meter: Meter) {
  const events = meter.createCounter('hubrelay.events.verified', {
    unit: '{event}',
    valueType: ValueType.INT,
    description: 'Delivered events that were read back, by what HubSpot shows',
  });
  const failures = meter.createCounter('hubrelay.verify.failures', {
    unit: '{run}',
    valueType: ValueType.INT,
    description: 'Samples that could not be read back at all',
  });
  for (const { state, reason } of VERDICTS) events.add(0, { state, reason });
  failures.add(0);
  return {
    verified: ({ state, reason }: VerifiedEvent) => events.add(1, { state, reason }),
    failed: () => failures.add(1),
  };
}

/**
 * Every quarter of an hour: reads back a sample of the events that were delivered a quarter of an hour before, when HubSpot has had
 * its time to show them. @returns the stop
 */
export function startScheduledSample(options: ScheduledSampleOptions): () => void {
  const { client, delivered, events, clock, log, meter } = options;
  const metrics = createVerifyMetrics(meter);
  let verifiedUntil = clock.now();
  let isStopped = false;
  let cancel = () => {};

  async function verifyOnce(): Promise<void> {
    const before = clock.now() - READ_BACK_LAG_MS;
    const { items } = delivered.draw({ after: verifiedUntil, before, limit: events });
    verifiedUntil = Math.max(verifiedUntil, before);
    if (items.length === 0) return;
    const verified = await verifyEvents(items, { client, clock });
    if (isStopped) return;
    if (!verified.ok) {
      metrics.failed();
      log.error({ problem: verified.problem }, 'events cannot be read back');
      return;
    }
    for (const one of verified.events) metrics.verified(one);
    tell(verified.events, log);
  }

  async function takeTurn(): Promise<void> {
    try {
      await verifyOnce();
    } catch (error) {
      log.error({ err: error }, 'events cannot be read back');
    }
    if (!isStopped) schedule();
  }

  function schedule(): void {
    cancel = clock.schedule(() => void takeTurn(), EVERY_MS);
  }

  schedule();
  return () => {
    isStopped = true;
    cancel();
  };
}

function tell(events: readonly VerifiedEvent[], log: Logger): void {
  const hidden = events.filter(({ state }) => state === 'not_shown');
  log.info({ events: events.length, notShown: hidden.length }, 'read events back from HubSpot');
  const byReason = new Map<VerdictReason, string[]>();
  for (const { reason, event } of hidden) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), event.uuid]);
  }
  for (const [reason, uuids] of byReason) {
    const fields = { reason, events: uuids.length, uuids: uuids.slice(0, MOST_NAMED) };
    log.warn(fields, 'HubSpot does not show events that it acknowledged');
  }
}
