import { MAX_BODY_BYTES } from '@hubrelay/protocol';
import { NULL_ORIGIN, originProblem } from '../http/origin-entry.ts';
import { parseRelayKeys, type RelayKey } from '../identity/relay-key.ts';
import { ENRICHMENTS } from '../receive/enrich.ts';
import type { RelayOptions } from '../receive/relay-options.ts';
import { challengeFromEnv } from './challenge-from-env.ts';
import type { EnvReader } from './env-reader.ts';
import { identityFromEnv } from './identity-from-env.ts';
import { policyFromEnv } from './policy-from-env.ts';
import type { Setting } from './settings.ts';

/** The part of the options that the environment decides; host and delivery add the rest. */
export type RelaySettings = Required<
  Pick<
    RelayOptions,
    | 'allowedOrigins'
    | 'eventsPath'
    | 'scriptPath'
    | 'maxBodyBytes'
    | 'policy'
    | 'enrich'
    | 'requireIdentity'
    | 'refuseBots'
    | 'relayKeys'
  >
> &
  Pick<RelayOptions, 'hubId' | 'identity' | 'challenge'>;

/**
 * Reads who may send which events, and under which paths.
 * @param lock the parsed events.lock.json, where the host has it at hand
 */
export function relayFromEnv(env: EnvReader, lock?: unknown): RelaySettings {
  const policy = policyFromEnv(env, lock);
  const challenge = challengeFromEnv(env, policy.policy);
  const identity = identityFromEnv(env);
  return {
    ...policy,
    ...identity,
    ...(challenge && { challenge }),
    allowedOrigins: allowedOriginsFrom(env, identity.identity !== undefined),
    eventsPath: pathFrom(env, 'EVENTS_PATH', '/v1/events'),
    scriptPath: pathFrom(env, 'SCRIPT_PATH', '/hubrelay.js'),
    maxBodyBytes: env.integer('MAX_BODY_BYTES', MAX_BODY_BYTES, 1_024, 10 * 1_024 * 1_024),
    enrich: env.someOf('ENRICH', ENRICHMENTS),
    refuseBots: env.flag('REFUSE_BOTS'),
    relayKeys: relayKeysFrom(env),
  };
}

function relayKeysFrom(env: EnvReader): readonly RelayKey[] {
  const text = env.secret('RELAY_KEYS');
  if (text === undefined) return [];
  const parsed = parseRelayKeys(text);
  if (parsed.ok) return parsed.keys;
  env.refuse(
    'RELAY_KEYS',
    `is not what "hubrelay key make" writes (${parsed.problem}): name its file in RELAY_KEYS_FILE`,
  );
  return [];
}

function allowedOriginsFrom(env: EnvReader, hasIdentity: boolean): string[] {
  const origins = env.list('ALLOWED_ORIGINS');
  if (origins.length === 0) {
    env.missing(
      'ALLOWED_ORIGINS',
      'name your websites, separated by commas: https://www.example.com',
    );
  }
  if (origins.includes(NULL_ORIGIN) && !hasIdentity) {
    env.refuse('ALLOWED_ORIGINS', `has "null": ${NULL_NEEDS_IDENTITY}`);
  }
  for (const origin of origins) {
    const problem = originProblem(origin);
    if (/[\s;]/.test(origin)) env.refuse('ALLOWED_ORIGINS', `has "${origin}": ${HOW_TO_SEPARATE}`);
    else if (problem) env.refuse('ALLOWED_ORIGINS', `has an entry that cannot work: ${problem}`);
  }
  return origins;
}

const NULL_NEEDS_IDENTITY =
  'any website can send that, so its events need an identity: set IDENTITY_SECRET or IDENTITY_JWKS_URL';

const HOW_TO_SEPARATE = 'separate your websites by commas';

const HOW_PATHS_LOOK = `write a path such as /v1/events: "/" first, then letters, digits, "/", ".", "-", "_" or "~"`;

function pathFrom(env: EnvReader, name: Setting, byDefault: string): string {
  const path = env.text(name);
  if (path === undefined) return byDefault;
  if (!/^\/[\w.~/-]*$/.test(path)) env.refuse(name, `is "${path}": ${HOW_PATHS_LOOK}`);
  return path;
}
