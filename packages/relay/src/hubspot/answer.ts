/** What came back from one call to HubSpot, with nothing decided yet. */
export type HubSpotAnswer = HubSpotResponse | HubSpotFailure;

/** HubSpot (or a proxy before it) answered. */
export interface HubSpotResponse {
  readonly kind: 'response';
  readonly status: number;
  /** It has a body that HubSpot's send endpoint does not write, as a login page or a gateway's answer. Of a 2xx or a refusal. */
  readonly isForeign?: boolean;
  /** From `Retry-After` (seconds or date), milliseconds from now. Absent when the header is absent or unreadable. */
  readonly retryAfterMs?: number;
  /** HubSpot's own words; every field is optional, because some answers are HTML or lack fields. */
  readonly error?: HubSpotError;
  /** HubSpot support asks for it. From the body or the `X-HubSpot-Correlation-Id` header. */
  readonly correlationId?: string;
}

/** No answer: the request may or may not have been applied. */
export interface HubSpotFailure {
  readonly kind: 'failure';
  readonly reason: 'timeout' | 'network' | 'credential';
  /** For the log; never contains a credential. */
  readonly message: string;
}

/** The parts of HubSpot's error bodies that this project reads. */
export interface HubSpotError {
  readonly category?: string;
  readonly message?: string;
  /** On 429: `DAILY`, `TEN_SECONDLY_ROLLING`, `SECONDLY`. */
  readonly policyName?: string;
}
