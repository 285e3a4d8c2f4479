import { MAX_BODY_BYTES } from '@hubrelay/protocol';
import type { RelayOptions } from '../options.ts';
import { originProblem } from '../receive/origin-policy.ts';
import type { EnvReader } from './env-reader.ts';

/** The part of the options that the environment decides; host and delivery add the rest. */
export type RelaySettings = Required<
  Pick<RelayOptions, 'allowedOrigins' | 'eventsPath' | 'scriptPath' | 'maxBodyBytes'>
> &
  Pick<RelayOptions, 'hubId'>;

/** Reads who may send events, and under which paths. */
export function relayFromEnv(env: EnvReader): RelaySettings {
  const hubId = hubIdFrom(env);
  return {
    allowedOrigins: allowedOriginsFrom(env),
    eventsPath: pathFrom(env, 'EVENTS_PATH', '/v1/events'),
    scriptPath: pathFrom(env, 'SCRIPT_PATH', '/hubrelay.js'),
    maxBodyBytes: env.integer('MAX_BODY_BYTES', MAX_BODY_BYTES, 1_024, 10 * 1_024 * 1_024),
    ...(hubId && { hubId }),
  };
}

function allowedOriginsFrom(env: EnvReader): string[] {
  const origins = env.list('ALLOWED_ORIGINS');
  if (origins.length === 0) {
    env.missing(
      'ALLOWED_ORIGINS',
      'name your websites, separated by commas: https://www.example.com',
    );
  }
  for (const origin of origins) {
    const problem = originProblem(origin);
    if (problem) env.refuse('ALLOWED_ORIGINS', `has an entry that cannot work: ${problem}`);
  }
  return origins;
}

function hubIdFrom(env: EnvReader): string | undefined {
  const hubId = env.text('HUBSPOT_HUB_ID');
  if (hubId === undefined || /^\d{1,20}$/.test(hubId)) return hubId;
  env.refuse(
    'HUBSPOT_HUB_ID',
    `is "${hubId}": digits only, as HubSpot shows it in the account menu`,
  );
  return undefined;
}

function pathFrom(env: EnvReader, name: string, byDefault: string): string {
  const path = env.text(name);
  if (path === undefined) return byDefault;
  if (!path.startsWith('/')) env.refuse(name, `is "${path}": it must start with "/"`);
  return path;
}
