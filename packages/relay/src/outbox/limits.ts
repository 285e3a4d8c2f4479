/** How much an outbox stores and for how long. Every implementation takes these. */
export interface OutboxLimits {
  /**
   * Pending events and dead letters together.
   * @default 10_000_000
   */
  readonly maxEvents?: number;
  /**
   * Bytes of JSON of pending events and dead letters together. The disk must hold about twice as much.
   * @default 4_294_967_296 (4 GiB)
   */
  readonly maxBytes?: number;
  /**
   * Dead letters of events that the policy refused at the door.
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
  maxRejected: 10_000,
  horizonMs: 48 * HOUR_MS,
  retentionMs: 30 * 24 * HOUR_MS,
  dedupeWindowMs: 24 * HOUR_MS,
};

export function resolveLimits(limits: OutboxLimits): Required<OutboxLimits> {
  return {
    maxEvents: limits.maxEvents ?? defaultLimits.maxEvents,
    maxBytes: limits.maxBytes ?? defaultLimits.maxBytes,
    maxRejected: limits.maxRejected ?? defaultLimits.maxRejected,
    horizonMs: limits.horizonMs ?? defaultLimits.horizonMs,
    retentionMs: limits.retentionMs ?? defaultLimits.retentionMs,
    dedupeWindowMs: limits.dedupeWindowMs ?? defaultLimits.dedupeWindowMs,
  };
}
