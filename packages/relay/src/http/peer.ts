/** What the host knows of a request and its sender cannot forge. The core itself knows nothing of the kind. */
export interface Peer {
  /** The client's IP address. Absent when the host cannot tell it. */
  readonly address?: string;
  readonly place?: Place;
}

/** Where the platform says the client is. */
export interface Place {
  readonly city?: string;
  readonly region?: string;
  /** ISO 3166-1 alpha-2, as platforms give it. */
  readonly country?: string;
}

/** Each host has one. `bindings` is what the runtime hands over beside the request. */
export type ReadPeer = (request: Request, bindings: unknown) => Peer;

export const unknownPeer: ReadPeer = () => ({});
