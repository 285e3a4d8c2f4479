import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { InvalidOptionsError } from '../core/invalid-options-error.ts';
import type { Redacted } from '../core/redacted.ts';

/** How identities are signed. The kind fixes the algorithm: what a token says about it is ignored. */
export type IdentityKeys =
  /** HS256. Several are live at once, for rotation. */
  | { readonly kind: 'secrets'; readonly secrets: readonly IdentitySecret[] }
  /** EdDSA (Ed25519) by public keys. */
  | { readonly kind: 'jwks'; readonly jwks: JSONWebKeySet }
  /** EdDSA (Ed25519) by public keys that the site's backend publishes; fetched again when a `kid` is new. */
  | { readonly kind: 'jwks_url'; readonly url: string };

export interface IdentitySecret {
  /** At least 32 bytes. */
  readonly secret: Redacted;
  /**
   * With it the secret checks only tokens of this `kid`.
   * @default none: it checks every token that no other secret claims
   */
  readonly kid?: string;
}

export interface KeySource {
  readonly algorithms: string[];
  /** The keys that may have signed a token; it is good when one of them did. @throws JOSEError when it is no JWT */
  candidates(jwt: string): readonly JWTVerifyGetKey[];
}

/** Both names of Ed25519: RFC 8037 and RFC 9864. */
const EDDSA = ['EdDSA', 'Ed25519'];

/** RFC 7518, 3.2: a key of at least the size of the hash. */
const MIN_SECRET_BYTES = 32;

/** @throws InvalidOptionsError */
export function keySourceFor(keys: IdentityKeys): KeySource {
  switch (keys.kind) {
    case 'secrets':
      return secretSource(keys.secrets);
    case 'jwks':
      return publicKeySource(localKeys(keys.jwks));
    case 'jwks_url':
      return publicKeySource(remoteKeys(keys.url));
  }
}

/** Says what is wrong with a secret, or undefined when it can be used. */
export function identitySecretProblem(secret: string): string | undefined {
  const bytes = new TextEncoder().encode(secret).byteLength;
  if (bytes >= MIN_SECRET_BYTES) return undefined;
  return `is too short: take ${MIN_SECRET_BYTES} random bytes or more, such as of "openssl rand -base64 32"`;
}

function secretSource(secrets: readonly IdentitySecret[]): KeySource {
  const problems = secrets.flatMap(({ secret }) => identitySecretProblem(secret.reveal()) ?? []);
  if (secrets.length === 0) problems.push('is not there');
  if (problems.length > 0) {
    throw new InvalidOptionsError(problems.map((problem) => `the identity secret ${problem}`));
  }
  const keys = secrets.map(({ secret, kid }) => {
    const bytes = new TextEncoder().encode(secret.reveal());
    return { kid, getKey: () => bytes };
  });
  return {
    algorithms: ['HS256'],
    candidates(jwt) {
      const { kid } = decodeProtectedHeader(jwt);
      const named = keys.filter((key) => kid !== undefined && key.kid === kid);
      const usable = named.length > 0 ? named : keys.filter((key) => key.kid === undefined);
      return usable.map(({ getKey }) => getKey);
    },
  };
}

function publicKeySource(getKey: JWTVerifyGetKey): KeySource {
  return { algorithms: EDDSA, candidates: () => [getKey] };
}

function localKeys(jwks: JSONWebKeySet): JWTVerifyGetKey {
  const problem = keySetProblem(jwks);
  if (problem) throw new InvalidOptionsError([`the identity key set ${problem}`]);
  return createLocalJWKSet(jwks);
}

/** The key set could not be fetched or read. Says nothing about the token. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/** A page waits for the answer, so a slow key server is as good as none. */
const FETCH_TIMEOUT_MS = 2_000;

function remoteKeys(url: string): JWTVerifyGetKey {
  const getKey = createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH_TIMEOUT_MS });
  return async (header, token) => {
    try {
      return await getKey(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error;
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new KeysUnavailableError('cannot fetch the identity keys', { cause: error });
    }
  };
}

/** Says what is wrong with a key set, or undefined when it can be used. */
export function keySetProblem(jwks: unknown): string | undefined {
  const keys = (jwks as Partial<JSONWebKeySet> | null)?.keys;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'object' && key !== null)) {
    return 'is not a key set. A key set looks like {"keys": […]} (RFC 7517)';
  }
  if (keys.some((key) => 'd' in key || key.kty === 'oct')) {
    return 'holds a private key: the relay needs only the public half';
  }
  if (!keys.some(({ kty, crv }) => kty === 'OKP' && crv === 'Ed25519')) {
    return 'has no key that the relay can use: it takes Ed25519 ("kty": "OKP", "crv": "Ed25519")';
  }
  return undefined;
}
