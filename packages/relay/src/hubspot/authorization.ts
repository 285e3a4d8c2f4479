import type { Redacted } from '../core/redacted.ts';
import type { HubSpotAnswer } from './answer.ts';

/** Where on a request the secret goes. */
export interface Authorization {
  readonly place: 'header' | 'query';
  readonly name: string;
  /** Comes before the secret, as `Bearer `. */
  readonly prefix: string;
  readonly secret: Redacted;
}

/** Supplies each call with what proves it. Never rejects. */
export interface Authorizer {
  /** @returns the authorization, or the answer that stands for the whole call when there is none to be had. */
  authorize(): Promise<Authorized | Unauthorized>;
  /** HubSpot answered 401 to this authorization. @returns whether `authorize` now gives another one worth a try. */
  refused(authorization: Authorization): Promise<boolean>;
  /** Every secret that may turn up in a text. */
  secrets(): readonly Redacted[];
}

export interface Authorized {
  readonly ok: true;
  readonly authorization: Authorization;
}

export interface Unauthorized {
  readonly ok: false;
  readonly answer: HubSpotAnswer;
}

export function bearer(secret: Redacted): Authorization {
  return { place: 'header', name: 'authorization', prefix: 'Bearer ', secret };
}
