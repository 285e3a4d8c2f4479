/**
 * For a site's backend: vouches for a visitor, so that the relay may send events for an e-mail address or a record.
 * @module
 */
import { importJWK, type JWK, SignJWT } from 'jose';

/** Whom the backend vouches for. At least one of `email` and `objectId`. */
export interface IdentityClaims {
  readonly email?: string | undefined;
  /** The ID of the HubSpot record; HubSpot prefers it to the e-mail address. */
  readonly objectId?: string | undefined;
  /** The visitor's `hubspotutk` cookie. Binds the identity to that visitor: stolen, it is of no use to another. */
  readonly utk?: string | undefined;
}

export interface SignIdentityOptions {
  /** The relay's `IDENTITY_AUDIENCE`. */
  readonly audience: string;
  /** A shared secret of at least 32 bytes (HS256), or a private Ed25519 key as JWK (EdDSA). */
  readonly key: string | JWK;
  /**
   * Names the key, for a relay that has several.
   * @default the `kid` of a JWK, or none
   */
  readonly kid?: string;
  /**
   * The relay takes at most 24 hours.
   * @default 3_600_000 (1 hour)
   */
  readonly lifetimeMs?: number;
}

/**
 * Signs an identity as JWT, for `tracker.identify(jwt)` on the page.
 * @throws TypeError when no person is named or the key cannot sign
 */
export async function signIdentity(
  claims: IdentityClaims,
  options: SignIdentityOptions,
): Promise<string> {
  const { audience, key, lifetimeMs = 3_600_000 } = options;
  if (!claims.email && !claims.objectId) {
    throw new TypeError('An identity needs an email or an objectId');
  }
  const kid = options.kid ?? (typeof key === 'string' ? undefined : key.kid);
  const { email, objectId, utk } = claims;
  const named = { ...(email && { email }), ...(objectId && { objectId }), ...(utk && { utk }) };
  const nowS = Math.floor(Date.now() / 1_000);
  return new SignJWT(named)
    .setProtectedHeader({ alg: typeof key === 'string' ? 'HS256' : 'EdDSA', ...(kid && { kid }) })
    .setAudience(audience)
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + Math.floor(lifetimeMs / 1_000))
    .sign(typeof key === 'string' ? new TextEncoder().encode(key) : await importJWK(key, 'EdDSA'));
}
