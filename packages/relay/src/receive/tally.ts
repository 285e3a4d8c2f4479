import { type Meter, ValueType } from '@opentelemetry/api';
import { relayMeter } from '../metrics.ts';

/**
 * Counts what the door does. Names and reasons are closed sets, never what a sender wrote, so that they can be labels of
 * a metric.
 */
export type Tally = (what: Counted, reason: string, count: number) => void;

export type Counted = keyof typeof INSTRUMENTS;

const INSTRUMENTS = {
  event_received: ['events.received', '{event}', 'Events in well-formed requests'],
  event_accepted: ['events.accepted', '{event}', 'Events that the sender was told are safe'],
  event_rejected: ['events.rejected', '{event}', 'Events that were not accepted, by reason'],
  property_dropped: ['properties.dropped', '{property}', 'Properties left out of events'],
  identity_failed: ['identities.failed', '{identity}', 'Identities that were not believed'],
  rate_limited: ['requests.limited', '{request}', 'Requests over a rate limit, by limit'],
  limiter_failed: ['limiter.failures', '{request}', 'Requests let through by a broken limiter'],
  bot_refused: ['bots.refused', '{request}', 'Requests of clients that say they are bots'],
  key_refused: ['keys.refused', '{request}', 'Server requests without a good relay key'],
} as const;

export const COUNTED = Object.keys(INSTRUMENTS) as Counted[];

/** Counts with OpenTelemetry; without an SDK, which the host may register, every call does nothing. */
export function meterTally(meter: Meter = relayMeter()): Tally {
  const counters = new Map(
    Object.entries(INSTRUMENTS).map(([what, [name, unit, description]]) => [
      what,
      meter.createCounter(`hubrelay.${name}`, { unit, description, valueType: ValueType.INT }),
    ]),
  );
  return (what, reason, count) => counters.get(what)?.add(count, { reason });
}
