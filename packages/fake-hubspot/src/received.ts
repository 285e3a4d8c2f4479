/** How a request proved itself. */
export type CredentialKind = 'access-token' | 'oauth' | 'hapikey' | 'private-app-legacy';

/** A request as it came in. */
export interface IncomingCall {
  /** `r1`, `r2` … in order of arrival. */
  readonly id: string;
  readonly method: string;
  /** Without the query, `/events/v3/send`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Epoch milliseconds by the fake's clock. */
  readonly receivedAt: number;
}

/** A request and what became of it. Secrets are replaced in `query`, `headers` and `body`; `raw` has them. */
export interface ReceivedRequest extends IncomingCall {
  readonly raw: IncomingCall;
  readonly correlationId: string;
  /** As the sender saw it; 0 when it saw none. */
  readonly status: number;
  /** The fault that met this request, such as `reset` or `503`. */
  readonly fault?: string;
  readonly credential?: CredentialKind;
  /** Events in the body, 0 when it is no send request. */
  readonly events: number;
  /** How many of them were applied, whatever the sender was told. */
  readonly applied: number;
  /** What was wrong, item by item. HubSpot does not tell the sender which item it was. */
  readonly notes: readonly string[];
  readonly answeredAt: number;
}

/** An event that HubSpot applied. */
export interface ReceivedEvent {
  /** Lower case. */
  readonly uuid: string;
  /** Who minted the uuid: without one from the sender there is no protection against duplicates. */
  readonly uuidFrom: 'sender' | 'hubspot';
  /** Fully qualified. */
  readonly eventName: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly utk?: string;
  readonly email?: string;
  readonly objectId?: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly occurredAt: string;
  /** Epoch milliseconds by the fake's clock. */
  readonly receivedAt: number;
  readonly credential: CredentialKind;
  readonly requestId: string;
  readonly correlationId: string;
  readonly path: string;
  /** `v3`, `2026-09`, `custom/2025-09` … */
  readonly apiVersion: string;
  /** 1 for `/send`. */
  readonly batchSize: number;
}

/** An event that was not applied because its uuid had been: `firstReceivedAt` says when. */
export interface DuplicateEvent extends ReceivedEvent {
  readonly firstReceivedAt: number;
}
