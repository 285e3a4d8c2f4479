/** Proves who a visitor is by what the site's backend signed. */
export interface IdentityVerifier {
  /** Never throws. @param utk the visitor of the request, for identities bound to one */
  verify(jwt: string, utk: string | undefined): Promise<VerifiedIdentity | UnverifiedIdentity>;
}

/** At least one of the two is set. */
export interface VerifiedIdentity {
  readonly ok: true;
  readonly email?: string;
  readonly objectId?: string;
}

export interface UnverifiedIdentity {
  readonly ok: false;
  readonly reason: IdentityFailure;
  /** How long ago it expired by the relay's clock, seconds. Of one that has. */
  readonly expiredForS?: number;
}

/** Why an identity was not accepted. Closed, so that it can be a label of a metric. */
export type IdentityFailure =
  | 'malformed'
  | 'bad_signature'
  /** The key it names is not known, or its algorithm is not the one that is configured. */
  | 'unknown_key'
  | 'expired'
  /** It would be valid for longer than the limit: a stolen one must not be of use for long. */
  | 'lives_too_long'
  | 'wrong_audience'
  /** Bound to the utk of another visitor, or to one where the request has none. */
  | 'other_visitor'
  /** No usable `email` or `objectId` in it. */
  | 'names_nobody'
  /** The key set could not be fetched. Says nothing about the identity. */
  | 'keys_unavailable'
  /** The relay was given no keys. */
  | 'not_configured';
