import type { HubSpotClientOptions } from '../hubspot/client.ts';
import {
  accessToken,
  type Credential,
  DEFAULT_TOKEN_URL,
  hapiKey,
  oauth,
  privateAppLegacy,
} from '../hubspot/credential.ts';
import type { EnvReader } from './env-reader.ts';
import type { Secret } from './settings.ts';

/** Reads how HubSpot is reached: credential, API version, address. */
export function hubspotFromEnv(env: EnvReader): HubSpotClientOptions {
  const baseUrl = env.safeUrl('HUBSPOT_BASE_URL');
  return {
    credential: credentialFromEnv(env),
    apiVersion: env.oneOf('HUBSPOT_API_VERSION', 'v3', ['v3', '2026-03', '2026-09']),
    batch: env.oneOf('HUBSPOT_BATCH', 'auto', ['auto', 'never']),
    timeoutMs: env.integer('HUBSPOT_TIMEOUT_MS', 10_000, 100, 120_000),
    ...(baseUrl && { baseUrl }),
  };
}

/** The variable that starts each kind of credential. Exactly one kind may be set. */
const KINDS = [
  { name: 'HUBSPOT_ACCESS_TOKEN', make: accessTokenFromEnv },
  { name: 'HUBSPOT_REFRESH_TOKEN', make: oauthFromEnv },
  { name: 'HUBSPOT_HAPIKEY', make: (_env: EnvReader, key: string) => hapiKey(key) },
  {
    name: 'HUBSPOT_PRIVATE_APP_LEGACY',
    make: (_env: EnvReader, token: string) => privateAppLegacy(token),
  },
] as const;

function credentialFromEnv(env: EnvReader): Credential {
  const before = env.problems.length;
  const found = KINDS.flatMap(({ name, make }) => {
    const secret = keyFrom(env, name);
    return secret === undefined ? [] : [{ name, credential: make(env, secret) }];
  });
  const [first, second] = found;
  if (first && second) {
    env.refuse(second.name, `is set beside ${first.name}: keep one kind of credential`);
  }
  if (first) return first.credential;
  if (env.problems.length === before) env.missing('HUBSPOT_ACCESS_TOKEN', NO_CREDENTIAL);
  return accessToken('');
}

/** A key travels in a header: what cannot stand there would make every call fail, long after the start. */
function keyFrom(env: EnvReader, name: Secret): string | undefined {
  const key = env.secret(name);
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    env.refuse(
      name,
      'has a space or another character that no key has: copy the key again, whole and alone',
    );
  }
  return key;
}

const NO_CREDENTIAL =
  'create a service key in HubSpot (Development > Keys > Service keys) with the scope analytics.behavioral_events.send';

function accessTokenFromEnv(env: EnvReader, token: string): Credential {
  return accessToken(token, keyFrom(env, 'HUBSPOT_ACCESS_TOKEN_PREVIOUS'));
}

function oauthFromEnv(env: EnvReader, refreshToken: string): Credential {
  const clientId = env.text('HUBSPOT_CLIENT_ID');
  const clientSecret = env.secret('HUBSPOT_CLIENT_SECRET');
  if (!clientId)
    env.missing('HUBSPOT_CLIENT_ID', 'HUBSPOT_REFRESH_TOKEN needs the app it belongs to');
  if (!clientSecret) {
    env.missing('HUBSPOT_CLIENT_SECRET', 'HUBSPOT_REFRESH_TOKEN needs the app it belongs to');
  }
  return oauth({
    clientId: clientId ?? '',
    clientSecret: clientSecret ?? '',
    refreshToken,
    tokenUrl: env.safeUrl('HUBSPOT_TOKEN_URL') ?? DEFAULT_TOKEN_URL,
  });
}
