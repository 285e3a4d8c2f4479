/**
 * One event in the form that HubSpot's send API takes: everything is decided, nothing is left to convert.
 * Source: `BehavioralEventHttpCompletionRequest` of HubSpot's public API specification.
 */
export interface HubSpotEvent {
  /** Idempotency key within the event type: of several events with the same uuid and name HubSpot takes the first. */
  readonly uuid: string;
  /** Fully qualified, `pe1234567_signup`. */
  readonly eventName: string;
  /** HubSpot's values are strings on the wire, also of numbers and booleans. */
  readonly properties: Readonly<Record<string, string>>;
  /** ISO 8601 in UTC with milliseconds. */
  readonly occurredAt: string;
  /** Visitor token. At least one of `utk`, `email` and `objectId` is set; HubSpot's priority is objectId, email, utk. */
  readonly utk?: string;
  readonly email?: string;
  readonly objectId?: string;
}

/** What makes two events the same event, for HubSpot and so for the relay: the uuid within the event type. */
export function eventKey({ uuid, eventName }: Pick<HubSpotEvent, 'uuid' | 'eventName'>): EventKey {
  return `${uuid} ${eventName}`;
}

/** `<uuid> <eventName>`. */
export type EventKey = string;

/** A `HubSpotEvent` as JSON: written once, where the event comes in, and sent as it is. */
export type EventJson = string;
