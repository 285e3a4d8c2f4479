import { Redacted } from '../core/redacted.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import {
  type IdentityKeys,
  identitySecretProblem,
  keySetProblem,
} from '../identity/identity-keys.ts';
import { jwtVerifier } from '../identity/jwt-verifier.ts';
import type { EnvReader } from './env-reader.ts';

export interface IdentitySettings {
  readonly identity?: IdentityVerifier;
  readonly requireIdentity: boolean;
}

/** Reads how signed identities are checked. Without a key there are none. */
export function identityFromEnv(env: EnvReader): IdentitySettings {
  const requireIdentity = env.flag('IDENTITY_REQUIRED');
  const audience = env.text('IDENTITY_AUDIENCE');
  const before = env.problems.length;
  const keys = keysFrom(env);
  if (!keys) {
    const isWanted = requireIdentity || audience !== undefined;
    if (isWanted && env.problems.length === before) env.missing('IDENTITY_SECRET', NO_KEY);
    return { requireIdentity: false };
  }
  if (!audience) {
    env.missing(
      'IDENTITY_AUDIENCE',
      'write the "aud" of your identities, such as https://www.example.com',
    );
    return { requireIdentity: false };
  }
  return { requireIdentity, identity: jwtVerifier({ audience, keys }) };
}

const NO_KEY = 'identities need it, or IDENTITY_JWKS, or IDENTITY_JWKS_URL';

/** Undefined when there is none, or none that works. */
function keysFrom(env: EnvReader): IdentityKeys | undefined {
  const secret = env.secret('IDENTITY_SECRET');
  const jwks = env.text('IDENTITY_JWKS');
  const url = env.safeUrl('IDENTITY_JWKS_URL');
  if ([secret, jwks, url].filter((key) => key !== undefined).length > 1) {
    env.refuse('IDENTITY_SECRET', 'is one of several: keep it, IDENTITY_JWKS or IDENTITY_JWKS_URL');
    return undefined;
  }
  if (secret) return secretsFrom(env, secret);
  if (jwks) return keySetFrom(env, jwks);
  if (!url) return undefined;
  return { kind: 'jwks_url', url };
}

function secretsFrom(env: EnvReader, secret: string): IdentityKeys | undefined {
  const previous = env.secret('IDENTITY_SECRET_PREVIOUS');
  const problem = identitySecretProblem(secret);
  const previousProblem = previous && identitySecretProblem(previous);
  if (problem) env.refuse('IDENTITY_SECRET', problem);
  if (previousProblem) env.refuse('IDENTITY_SECRET_PREVIOUS', previousProblem);
  if (problem || previousProblem) return undefined;
  const live = previous ? [secret, previous] : [secret];
  return { kind: 'secrets', secrets: live.map((value) => ({ secret: new Redacted(value) })) };
}

function keySetFrom(env: EnvReader, text: string): IdentityKeys | undefined {
  try {
    const jwks = JSON.parse(text);
    const problem = keySetProblem(jwks);
    if (!problem) return { kind: 'jwks', jwks };
    env.refuse('IDENTITY_JWKS', problem);
  } catch {
    env.refuse(
      'IDENTITY_JWKS',
      'is not JSON: it looks like {"keys": […]} (an address is for IDENTITY_JWKS_URL)',
    );
  }
  return undefined;
}
