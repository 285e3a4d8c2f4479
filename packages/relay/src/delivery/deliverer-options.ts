import { type Clock, steadyClock, systemClock } from '../core/clock.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { type Logger, silentLogger } from '../observe/log.ts';
import { type EventTraces, noTraces } from '../outbox/event-traces.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { type DeliveredSample, noSample } from './delivered-sample.ts';
import { createMetrics, type RelayMetrics } from './metrics.ts';

export interface DelivererOptions {
  readonly outbox: Outbox;
  readonly client: HubSpotClient;

  /**
   * Most events in one call.
   * @default 500: what HubSpot takes
   */
  readonly maxBatchEvents?: number;

  /**
   * Most bytes of JSON in one call, about. HubSpot documents no limit; what it finds too large is sent in halves.
   * @default 1_000_000
   */
  readonly maxBatchBytes?: number;

  /**
   * How long an event may wait for others to share its call.
   * @default 100
   */
  readonly lingerMs?: number;

  /**
   * Most calls at once; how many there really are adapts to what HubSpot takes well.
   * @default 24
   */
  readonly maxConcurrency?: number;

  /**
   * For how long claimed events are ours. After a crash they are delivered that much later, unless the outbox knows better.
   * @default 60_000
   */
  readonly leaseMs?: number;

  /**
   * Longest time between two looks into an idle outbox without a wake-up: another process may have stored events.
   * @default 1000
   */
  readonly pollMs?: number;

  /**
   * How often the outbox is swept of what has expired.
   * @default 60_000
   */
  readonly sweepMs?: number;

  /** @default silent */
  readonly log?: Logger;
  /** @default made from OpenTelemetry's global meter, which does nothing unless the host registers one */
  readonly metrics?: RelayMetrics;
  /**
   * Remembers a sample of what HubSpot has, to be read back.
   * @default nothing is remembered
   */
  readonly delivered?: DeliveredSample;
  /** @default none are followed from their requests to here */
  readonly traces?: EventTraces;
  /** @default the runtime's */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
}

/** As `DelivererOptions`, with a clock that cannot be set: all that is done by it are durations. */
export interface ResolvedDelivererOptions extends Required<DelivererOptions> {
  /** The time of day, to tell the age of an event. */
  readonly wallNow: () => number;
}

export function resolveDelivererOptions(options: DelivererOptions): ResolvedDelivererOptions {
  const { clock = systemClock } = options;
  return {
    outbox: options.outbox,
    client: options.client,
    maxBatchEvents: options.maxBatchEvents ?? 500,
    maxBatchBytes: options.maxBatchBytes ?? 1_000_000,
    lingerMs: options.lingerMs ?? 100,
    maxConcurrency: options.maxConcurrency ?? 24,
    leaseMs: options.leaseMs ?? 60_000,
    pollMs: options.pollMs ?? 1000,
    sweepMs: options.sweepMs ?? 60_000,
    log: options.log ?? silentLogger,
    metrics: options.metrics ?? createMetrics(),
    delivered: options.delivered ?? noSample,
    traces: options.traces ?? noTraces,
    clock: steadyClock(clock),
    wallNow: clock.now,
    random: options.random ?? Math.random,
  };
}
