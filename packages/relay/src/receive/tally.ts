import type { RejectionCode } from '@hubrelay/protocol';
import { type Meter, ValueType } from '@opentelemetry/api';
import type { Acceptance, NotNow } from '../accept/acceptor.ts';
import { closedSet } from '../core/closed-set.ts';
import type { UnreadableBody } from '../http/read-body.ts';
import type { IdentityFailure } from '../identity/identity.ts';
import type { LimitScope } from '../limit/limiter.ts';
import { relayMeter } from '../observe/meter.ts';
import type { DropReason, Sender } from '../policy/policy.ts';

/**
 * Counts what comes in and what becomes of it. What is counted and each label's values are closed sets, never what a sender
 * wrote, so that they can be labels of a metric.
 */
export type Tally = <What extends Counted>(
  what: What,
  value: LabelValue<What>,
  count: number,
) => void;

export type Counted = keyof typeof INSTRUMENTS;

export type LabelValue<What extends Counted> = (typeof INSTRUMENTS)[What]['values'][number];

const senders = closedSet<Sender['kind']>({ page: true, server: true });

const accepted = closedSet<Exclude<Acceptance, NotNow>['kind']>({ stored: true, sent: true });

const rejected = closedSet<
  | RejectionCode
  | NotNow['reason']
  | 'identity_refused'
  | 'challenge_unavailable'
  | 'missing_identifier'
  | 'forbidden_event'
>({
  identity_refused: true,
  challenge_unavailable: true,
  missing_identifier: true,
  forbidden_event: true,
  invalid_event: true,
  invalid_event_name: true,
  unknown_event: true,
  unknown_property: true,
  invalid_property: true,
  missing_visitor: true,
  challenge_failed: true,
  refused_by_hubspot: true,
  outbox_full: true,
  outbox_unavailable: true,
  hubspot_unavailable: true,
});

const dropped = closedSet<DropReason>({
  unknown: true,
  archived: true,
  wrong_type: true,
  sensitive: true,
  names_record: true,
  set_by_relay: true,
  over_limit: true,
});

const identityFailures = closedSet<IdentityFailure | 'missing'>({
  missing: true,
  malformed: true,
  bad_signature: true,
  unknown_key: true,
  expired: true,
  lives_too_long: true,
  wrong_audience: true,
  other_visitor: true,
  names_nobody: true,
  keys_unavailable: true,
  not_configured: true,
});

const unreadable = closedSet<UnreadableBody | 'invalid_batch' | 'from_page' | 'other_api'>({
  from_page: true,
  other_api: true,
  body_too_large: true,
  unsupported_media_type: true,
  invalid_json: true,
  invalid_batch: true,
});

const limits = closedSet<LimitScope>({ address: true, visitor: true, sender: true });

/** One label each. */
const INSTRUMENTS = {
  event_received: {
    name: 'events.received',
    unit: '{event}',
    description: 'Events in well-formed requests, by the kind of their sender',
    label: 'sender',
    values: senders,
  },
  event_accepted: {
    name: 'events.accepted',
    unit: '{event}',
    description: 'Events that the sender was told are safe: stored here, or sent to HubSpot',
    label: 'how',
    values: accepted,
  },
  event_rejected: {
    name: 'events.rejected',
    unit: '{event}',
    description: 'Events that were not accepted, by reason',
    label: 'reason',
    values: rejected,
  },
  property_dropped: {
    name: 'properties.dropped',
    unit: '{property}',
    description: 'Properties left out of events, by reason',
    label: 'reason',
    values: dropped,
  },
  identity_failed: {
    name: 'identities.failed',
    unit: '{identity}',
    description: 'Identities that could not be verified, by reason',
    label: 'reason',
    values: identityFailures,
  },
  rate_limited: {
    name: 'requests.limited',
    unit: '{request}',
    description: 'Requests over a rate limit, by limit',
    label: 'limit',
    values: limits,
  },
  limiter_failed: {
    name: 'limiter.failures',
    unit: '{request}',
    description: 'Requests let through because the limiter failed, by limit',
    label: 'limit',
    values: limits,
  },
  request_refused: {
    name: 'requests.refused',
    unit: '{request}',
    description: 'Requests of which nothing could be taken, by reason',
    label: 'reason',
    values: unreadable,
  },
  origin_refused: {
    name: 'origins.refused',
    unit: '{request}',
    description: 'Requests of websites that are not on the list',
    label: 'reason',
    values: ['not_listed'],
  },
  bot_refused: {
    name: 'bots.refused',
    unit: '{request}',
    description: 'Requests of clients that say they are bots',
    label: 'reason',
    values: ['user_agent'],
  },
  key_refused: {
    name: 'keys.refused',
    unit: '{request}',
    description: 'Server requests without a valid relay key',
    label: 'reason',
    values: ['unknown'],
  },
} as const;

/**
 * Counts with OpenTelemetry; without an SDK, which the host may register, every call does nothing. Every series begins at 0:
 * `increase()` sees no jump in a series that is born with its first event.
 */
export function meterTally(meter: Meter = relayMeter()): Tally {
  const counters = new Map(
    Object.entries(INSTRUMENTS).map(([what, { name, unit, description, label, values }]) => {
      const options = { unit, description, valueType: ValueType.INT };
      const counter = meter.createCounter(`hubrelay.${name}`, options);
      const add = (value: string, count: number) => counter.add(count, { [label]: value });
      for (const value of values) add(value, 0);
      return [what, add] as const;
    }),
  );
  return (what, value, count) => counters.get(what)?.(value, count);
}
