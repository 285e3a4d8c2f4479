import type { HubSpotError } from './answer.ts';

/**
 * What one call to HubSpot means for the events that were in it. Closed: every answer maps to exactly one case
 * (`outcomeOf` in hubspot/outcome-of.ts is the only place that does it).
 */
export type Outcome = Delivered | Split | Refused | Retry | Pause;

/** HubSpot has the events. Also: a single event refused as a duplicate of one that HubSpot has already. */
export interface Delivered {
  readonly kind: 'delivered';
}

/** One of several events may be at fault: try the halves apart. Only for batches of more than one event. */
export interface Split {
  readonly kind: 'split';
  readonly error: Evidence;
}

/** HubSpot will never take this event: a dead letter. Only for a single event. */
export interface Refused {
  readonly kind: 'refused';
  readonly error: Evidence;
}

/** A passing fault: the same events again later. */
export interface Retry {
  readonly kind: 'retry';
  readonly cause: 'rate_limited' | 'server_error' | 'locked' | 'timeout' | 'network';
  /** HubSpot's own wish, milliseconds. The backoff may be longer, never shorter. */
  readonly notBeforeMs: number;
  readonly error: Evidence;
}

/** Nothing can be delivered until something changes outside: no event is at fault, so none may die of it. */
export interface Pause {
  readonly kind: 'pause';
  readonly cause:
    | 'unauthorized'
    | 'forbidden'
    | 'migration'
    | 'daily_limit'
    | 'redirect'
    | 'wrong_address';
  /** When to probe again at the earliest, milliseconds; 0 leaves it to the probe's backoff. */
  readonly notBeforeMs: number;
  readonly error: Evidence;
}

/** What HubSpot said, for dead letters and the log. Never contains a credential. */
export interface Evidence extends HubSpotError {
  /** Absent when there was no answer. */
  readonly status?: number;
  readonly correlationId?: string;
}
