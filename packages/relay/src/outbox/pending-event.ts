import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Evidence } from '../hubspot/outcome.ts';

/** A pending event as its owner sees it. Times are epoch milliseconds. */
export interface PendingEvent {
  readonly event: HubSpotEvent;
  /** Tries that counted. */
  readonly attempts: number;
  /** As in `Claim`: above 0 it was in a failed call. */
  readonly suspicion: number;
  readonly mayHaveArrived: boolean;
  /** When it was stored or last replayed. */
  readonly enqueuedAt: number;
  /** When it is tried next, at the earliest. */
  readonly dueAt: number;
  /** It is on its way to HubSpot now. */
  readonly isClaimed: boolean;
  /** What its last failed try came to. Absent before there was one. */
  readonly lastError?: Evidence;
}

/** All given conditions must hold. An empty filter means all, so callers must ask before they pass one on. */
export interface PendingFilter {
  readonly uuids?: readonly string[];
  readonly eventName?: string;
  readonly minAttempts?: number;
  readonly maxAttempts?: number;
  /** HTTP status of the last failed try; `none`: it was not tried, or there was no answer. */
  readonly lastStatus?: number | 'none';
  /** Stored or last replayed at or after this time. */
  readonly after?: number;
  /** Stored or last replayed before this time. */
  readonly before?: number;
}

export interface PendingQuery extends PendingFilter {
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface PendingPage {
  /** With `next` there may be fewer than `limit`, or none: a page looks at 100,000 events at most. */
  readonly items: readonly PendingEvent[];
  /** Where to go on; absent at the end. */
  readonly next?: string;
}
