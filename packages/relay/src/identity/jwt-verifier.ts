import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { type Clock, systemClock } from '../core/clock.ts';
import { isEmail, isGiven, toObjectId } from './claims.ts';
import type { IdentityFailure, IdentityVerifier, UnverifiedIdentity } from './identity.ts';
import {
  type IdentityKeys,
  type KeySource,
  KeysUnavailableError,
  keySourceFor,
} from './identity-keys.ts';

export interface JwtVerifierOptions {
  /** The `aud` that an identity must be made for: a token of another service of yours must not work here. */
  readonly audience: string;
  readonly keys: IdentityKeys;
  /**
   * For how long an identity may still be valid.
   * @default 86_400_000 (24 hours)
   */
  readonly maxLifetimeMs?: number;
  /** @default the runtime's */
  readonly clock?: Clock;
}

/** Clocks of two servers differ by seconds. */
const CLOCK_TOLERANCE_S = 30;

/** Longer than any identity of ours; a check of megabytes would be a gift to an attacker. */
const MAX_JWT_CHARS = 4_096;

const DAY_MS = 86_400_000;

/** @throws InvalidOptionsError when the keys cannot work */
export function jwtVerifier(options: JwtVerifierOptions): IdentityVerifier {
  const { audience, keys, maxLifetimeMs = DAY_MS, clock = systemClock } = options;
  const source = keySourceFor(keys);

  return {
    async verify(jwt, utk) {
      if (jwt.length > MAX_JWT_CHARS) return failed('malformed');
      const now = clock.now();
      const checks: JWTVerifyOptions = {
        audience,
        algorithms: source.algorithms,
        requiredClaims: ['exp'],
        currentDate: new Date(now),
        clockTolerance: CLOCK_TOLERANCE_S,
      };
      try {
        const payload = await verifyWithAny(jwt, source, checks);
        const latestExp = (now + maxLifetimeMs) / 1_000 + CLOCK_TOLERANCE_S;
        if ((payload.exp ?? Number.POSITIVE_INFINITY) > latestExp) return failed('lives_too_long');
        return identityIn(payload, utk);
      } catch (error) {
        const reason = reasonOf(error);
        const exp = error instanceof errors.JWTExpired ? error.payload.exp : undefined;
        if (exp === undefined) return failed(reason);
        return { ...failed(reason), expiredForS: Math.round(now / 1_000 - exp) };
      }
    },
  };
}

/** Several secrets are live during a rotation, and a token need not say which one signed it. */
async function verifyWithAny(
  jwt: string,
  source: KeySource,
  checks: JWTVerifyOptions,
): Promise<JWTPayload> {
  let failure: unknown = new errors.JWKSNoMatchingKey();
  for (const key of source.candidates(jwt)) {
    try {
      return (await jwtVerify(jwt, key, checks)).payload;
    } catch (error) {
      failure = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  throw failure;
}

function identityIn(payload: JWTPayload, utk: string | undefined) {
  // A thief of a bound identity has the identity, but not the cookie.
  if (isGiven(payload.utk) && payload.utk !== utk) return failed('other_visitor');
  const { email } = payload;
  const objectId = toObjectId(payload.objectId);
  if (!isEmail(email) && !objectId) return failed('names_nobody');
  return {
    ok: true,
    ...(isEmail(email) && { email }),
    ...(objectId && { objectId }),
  } as const;
}

function failed(reason: IdentityFailure): UnverifiedIdentity {
  return { ok: false, reason };
}

/** The message of an error may quote the token, so only its kind goes on. */
function reasonOf(error: unknown): IdentityFailure {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === 'aud' ? 'wrong_audience' : 'malformed';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad_signature';
  if (UNKNOWN_KEY.some((kind) => error instanceof kind)) return 'unknown_key';
  if (error instanceof KeysUnavailableError) return 'keys_unavailable';
  return 'malformed';
}

const UNKNOWN_KEY = [
  errors.JOSEAlgNotAllowed,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];
