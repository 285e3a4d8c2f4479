import type { DeadReason } from './outbox.ts';

/** How much an outbox stores and for how long. Every implementation takes these. */
export interface OutboxLimits {
  /**
   * Pending events. When they are full, pages keep their events.
   * @default 10_000_000
   */
  readonly maxEvents?: number;
  /**
   * Bytes of JSON of pending events. The disk must hold about twice as much, and twice `maxDeadBytes`.
   * @default 4_294_967_296 (4 GiB)
   */
  readonly maxBytes?: number;
  /**
   * Dead letters, of which the last quarter is kept for events that expire. What does not fit is deleted and counted by reason:
   * it takes no room from pending events. Several relays on one database may exceed the limit by what they bury at the same time.
   * @default 1_000_000
   */
  readonly maxDead?: number;
  /**
   * Bytes of JSON of dead letters. The last quarter is kept for events that expire.
   * @default 1_073_741_824 (1 GiB)
   */
  readonly maxDeadBytes?: number;
  /**
   * Dead letters of events that the policy refused on arrival.
   * @default 10_000
   */
  readonly maxRejected?: number;
  /**
   * Age at which a pending event becomes a dead letter, `expired`.
   * @default 172_800_000 (48 hours)
   */
  readonly horizonMs?: number;
  /**
   * For how long dead letters are kept.
   * @default 2_592_000_000 (30 days)
   */
  readonly retentionMs?: number;
  /**
   * For how long the uuid of a delivered event is remembered, so that a resend is not sent on. HubSpot remembers it for
   * a year, so a shorter time costs calls and never an event counted twice.
   * @default 86_400_000 (24 hours)
   */
  readonly dedupeWindowMs?: number;
}

const HOUR_MS = 3_600_000;

const defaultLimits: Required<OutboxLimits> = {
  maxEvents: 10_000_000,
  maxBytes: 4 * 2 ** 30,
  maxDead: 1_000_000,
  maxDeadBytes: 2 ** 30,
  maxRejected: 10_000,
  horizonMs: 48 * HOUR_MS,
  retentionMs: 30 * 24 * HOUR_MS,
  dedupeWindowMs: 24 * HOUR_MS,
};

export function resolveLimits(limits: OutboxLimits): Required<OutboxLimits> {
  return {
    maxEvents: limits.maxEvents ?? defaultLimits.maxEvents,
    maxBytes: limits.maxBytes ?? defaultLimits.maxBytes,
    maxDead: limits.maxDead ?? defaultLimits.maxDead,
    maxDeadBytes: limits.maxDeadBytes ?? defaultLimits.maxDeadBytes,
    maxRejected: limits.maxRejected ?? defaultLimits.maxRejected,
    horizonMs: limits.horizonMs ?? defaultLimits.horizonMs,
    retentionMs: limits.retentionMs ?? defaultLimits.retentionMs,
    dedupeWindowMs: limits.dedupeWindowMs ?? defaultLimits.dedupeWindowMs,
  };
}

export type DeadLimits = Pick<Required<OutboxLimits>, 'maxDead' | 'maxDeadBytes'>;

/**
 * How far all dead letters together may go before one of this reason has no room. What expires could have been delivered, so the
 * last quarter is kept for it: a flood of refused events cannot take it.
 */
export function deadLimitsFor(
  reason: DeadReason,
  { maxDead, maxDeadBytes }: DeadLimits,
): DeadLimits {
  if (reason === 'expired') return { maxDead, maxDeadBytes };
  return { maxDead: withoutReserve(maxDead), maxDeadBytes: withoutReserve(maxDeadBytes) };
}

const RESERVED_SHARE = 1 / 4;

const withoutReserve = (limit: number) => limit - Math.floor(limit * RESERVED_SHARE);

/** For the log. */
export const NO_ROOM =
  'the dead letters are full: events were deleted; replay or purge dead letters, or raise OUTBOX_MAX_DEAD and OUTBOX_MAX_DEAD_BYTES';
