import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Evidence } from '../hubspot/outcome.ts';
import type { SenderKind } from '../outbox/event-key.ts';

/**
 * Takes responsibility for events. The receive pipeline hands over; what the acceptor answers is what the sender is told.
 * Implementations: direct (delivers before it answers), outbox (durable storage before it answers), Cloudflare Queues.
 */
export interface Acceptor {
  /** @param sender of all of them; @default 'page' */
  accept(events: readonly HubSpotEvent[], sender?: SenderKind): Promise<Acceptance>;
}

/** What became of the events handed over. Closed. */
export type Acceptance = Stored | Sent | NotNow;

/** Every event is on durable storage: 202. */
export interface Stored {
  readonly kind: 'stored';
}

/** HubSpot took every event that is not in `refused`: 204, or 200 with the refused ones. */
export interface Sent {
  readonly kind: 'sent';
  readonly refused: readonly RefusedEvent[];
}

/** Nothing may be taken as accepted; the sender keeps the events and sends the same uuids again: 503. */
export interface NotNow {
  readonly kind: 'not_now';
  readonly reason: 'outbox_full' | 'outbox_unavailable' | 'hubspot_unavailable';
  readonly retryAfterMs: number;
}

export interface RefusedEvent {
  readonly event: Pick<HubSpotEvent, 'uuid' | 'eventName'>;
  readonly error: Evidence;
}
