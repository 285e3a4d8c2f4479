/** What a page may put into a property. The relay converts it by the type that HubSpot's definition declares. */
export type PropertyValue = string | number | boolean | readonly string[] | null;

/** The properties of one event. `null` means "not set": the relay leaves the property out. */
export type Properties = Readonly<Record<string, PropertyValue>>;

/** One `track()` call on its way to the relay. */
export interface WireEvent {
  /** Minted once per `track()` call and kept by every resend: HubSpot's idempotency key. RFC 9562, version 4 or 7, lower case. */
  readonly uuid: string;
  /** `signup`, or fully qualified, `pe1234567_signup`. */
  readonly eventName: string;
  readonly properties?: Properties;
  /** When it happened by the sender's clock, epoch milliseconds. The relay corrects it by `sentAt`. */
  readonly occurredAt: number;
}

/** The body of `POST /v1/events`. */
export interface WireBatch {
  /** The sender's clock when the request left, epoch milliseconds. */
  readonly sentAt: number;
  /** HubSpot's visitor token (the `hubspotutk` cookie): 32 lower-case hex digits. Absent when there is no cookie. */
  readonly utk?: string;
  /** A JWT signed by the site's backend that vouches for an e-mail address or a record. */
  readonly identity?: string;
  /**
   * The answer to a Turnstile or hCaptcha challenge, for events that the relay's owner protects with one. It is good once, for
   * this request, and for minutes (Turnstile 5, hCaptcha 2): get it when the request is made, not when the event happens.
   */
  readonly challenge?: string;
  readonly events: readonly WireEvent[];
}

/** Why the relay will never accept an event. */
export type RejectionCode =
  | 'invalid_event'
  | 'invalid_event_name'
  | 'unknown_event'
  | 'unknown_property'
  | 'invalid_property'
  | 'missing_visitor'
  | 'challenge_failed'
  | 'refused_by_hubspot';

/** An event the relay will never accept, and what to do about it. */
export interface Rejection {
  /** Absent when the event carried no readable uuid; then `index` says which one it was. */
  readonly uuid?: string;
  /** Position in the `events` of the request. */
  readonly index: number;
  readonly code: RejectionCode;
  readonly message: string;
}

/** The body of a `200`: some events were refused, the others are safe. */
export interface PartialAcceptance {
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
}

/** The code of a problem document. It says what the sender should change. */
export type ProblemCode =
  | 'invalid_json'
  | 'invalid_batch'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'origin_not_allowed'
  | 'bot_refused'
  | 'identity_required'
  /** Temporary: the sender keeps its events until it has a fresh identity. */
  | 'identity_expired'
  | 'admin_token_required'
  | 'invalid_order'
  | 'invalid_request'
  | 'request_timeout'
  | 'headers_too_large'
  | 'not_found'
  | 'method_not_allowed'
  | 'rate_limited'
  | 'overloaded'
  | 'hubspot_unavailable';

/** An error answer, RFC 9457, `application/problem+json`. */
export interface Problem {
  /** The page that explains the `code`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  /** One sentence for a person: what is wrong and what to do. */
  readonly detail: string;
  readonly issues?: readonly Issue[];
}

/** One thing wrong with a request body. */
export interface Issue {
  /** Where, as an RFC 9535-like path: `events[3].properties.plan`. Empty for the body as a whole. */
  readonly path: string;
  readonly message: string;
}

/**
 * What the sender does with the answer of each status.
 * - `done`: every event not named in `rejected` is safe.
 * - `drop`: permanent; sending the same again gives the same answer.
 * - `retry`: temporary; send the same uuids again, not before `Retry-After`.
 */
export type SenderAction = 'done' | 'drop' | 'retry';

/** Tells a sender what an HTTP status of the relay (or of a proxy before it) means for its events. */
export function actionForStatus(status: number): SenderAction {
  if (status >= 200 && status < 300) return 'done';
  if (status === 408 || status === 425 || status === 429 || status < 400 || status >= 500)
    return 'retry';
  return 'drop';
}
