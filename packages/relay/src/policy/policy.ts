import type { RejectionCode, WireEvent } from '@hubrelay/protocol';
import type { SenderKind } from '../outbox/event-key.ts';

/** Decides about one event what HubSpot's definitions (or the lack of them) allow. */
export interface Policy {
  apply(event: PolicyEvent, sender: Sender): PolicyDecision;
  /**
   * Properties that a page may set on no event. A refused event that is kept for a replay, which asks no policy again, is kept
   * without them.
   * @default none
   */
  readonly serverOnly?: ReadonlySet<string>;
}

/** The part of an event that a policy looks at. */
export type PolicyEvent = Pick<WireEvent, 'eventName' | 'properties'>;

/** Who sends, because a page may set less than a server. */
export interface Sender {
  /** A page is anyone on the internet; a server has shown a relay key. */
  readonly kind: SenderKind;
  /** Properties that the relay itself read from the request, such as `hs_country`, or from the page's URL. */
  readonly facts: Readonly<Record<string, string>>;
}

export type PolicyDecision = Allowed | Denied;

/** The event in HubSpot's terms. */
export interface Allowed {
  readonly ok: true;
  readonly eventName: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly dropped: readonly DroppedProperty[];
  /** True when HubSpot finds the record by a property of the event. Only a server may name a record so. */
  readonly matchedByProperty: boolean;
}

export interface Denied {
  readonly ok: false;
  readonly code: RejectionCode;
  readonly message: string;
}

/** A property that was left out. Its value is not kept: it may be anything. */
export interface DroppedProperty {
  readonly name: string;
  readonly reason: DropReason;
}

/** Closed, so that it can be a label of a metric. */
export type DropReason =
  | 'unknown'
  | 'archived'
  | 'wrong_type'
  /** Only a server may set it. */
  | 'sensitive'
  /** HubSpot finds the record by it, so a page could write on anybody's timeline with it. */
  | 'names_record'
  /** Only the relay may set it. */
  | 'set_by_relay'
  | 'over_limit';
