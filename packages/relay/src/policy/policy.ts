import type { RejectionCode, WireEvent } from '@hubrelay/protocol';

/** Decides about one event what HubSpot's definitions (or the lack of them) allow. */
export interface Policy {
  apply(event: WireEvent): PolicyDecision;
}

export type PolicyDecision = Allowed | Denied;

/** The event in HubSpot's terms. */
export interface Allowed {
  readonly ok: true;
  readonly eventName: string;
  readonly properties: Readonly<Record<string, string>>;
  /** Names of properties that were left out. */
  readonly dropped: readonly string[];
}

export interface Denied {
  readonly ok: false;
  readonly code: RejectionCode;
  readonly message: string;
}
