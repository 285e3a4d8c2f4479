import type { HubSpotAnswer, HubSpotEvent, Outcome } from '@hubrelay/relay';

/**
 * Something that was seen to happen in this process, at a place where it happens, or that the shop's page tells of its own
 * storage. Nothing on the inspector has another source. `at` is epoch milliseconds.
 */
export type Observation = Kept | Arrived | Answered | Calling | Called | Judged | Seen | Applied;

/** The shop's page keeps events that no request has carried yet. */
export interface Kept {
  readonly kind: 'kept';
  readonly at: number;
  readonly events: readonly PageEvent[];
  readonly waitsFor: 'visitor' | 'relay';
}

/** A page's request reached the relay. */
export interface Arrived {
  readonly kind: 'arrived';
  readonly at: number;
  readonly request: string;
  /** As the page sent them. */
  readonly events: readonly PageEvent[];
  /** The visitor token, and where the page's request carried it. */
  readonly utk?: string;
  readonly utkFrom?: 'cookie' | 'body';
}

export interface PageEvent {
  readonly uuid: string;
  readonly eventName: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** By the page's clock. */
  readonly occurredAt: number;
}

/** The relay answered it. */
export interface Answered {
  readonly kind: 'answered';
  readonly at: number;
  readonly request: string;
  readonly status: number;
  readonly retryAfter?: string;
  readonly rejected: readonly { readonly uuid?: string; code: string; message: string }[];
}

/** The relay's HubSpot client began a call. */
export interface Calling {
  readonly kind: 'calling';
  readonly at: number;
  readonly call: string;
  readonly events: readonly HubSpotEvent[];
}

/** The call ended, as the client sees it. */
export interface Called {
  readonly kind: 'called';
  readonly at: number;
  readonly call: string;
  readonly answer: HubSpotAnswer;
}

/** What the relay made of a call. */
export interface Judged {
  readonly kind: 'judged';
  readonly at: number;
  readonly uuids: readonly string[];
  readonly outcome: Outcome;
}

/** The fake's own record of a call. Credentials are redacted by the fake. */
export interface Seen {
  readonly kind: 'seen';
  readonly at: number;
  readonly uuids: readonly string[];
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly fault?: string;
  readonly notes: readonly string[];
}

/** The fake took an event, or knew its uuid already. */
export interface Applied {
  readonly kind: 'applied';
  readonly at: number;
  readonly event: HubSpotEvent;
  readonly duplicate: boolean;
}
