import { readFileSync } from 'node:fs';
import { adminTokenProblem } from '../../admin/admin-token.ts';
import { type Env, EnvReader } from '../../config/env-reader.ts';
import { hubspotFromEnv } from '../../config/hubspot-from-env.ts';
import { limitsFromEnv } from '../../config/limits-from-env.ts';
import { relayFromEnv } from '../../config/relay-from-env.ts';
import { unknownSettings } from '../../config/unknown-settings.ts';
import { InvalidOptionsError } from '../../core/invalid-options-error.ts';
import { Redacted } from '../../core/redacted.ts';
import { nodeLimits } from './node-limits.ts';
import { LOG_LEVELS, pinoLogger } from './pino-logger.ts';
import type { NodeRelayOptions } from './start-node-relay.ts';
import { type StorageSettings, storageFromEnv } from './storage-from-env.ts';

/** What the environment says. Nothing has been opened yet, so a mistake costs nothing. */
export interface NodeSettings extends StorageSettings {
  readonly relay: Omit<NodeRelayOptions, 'storage'> &
    Required<Pick<NodeRelayOptions, 'log' | 'hostname'>>;
  /** Undefined: metrics are not served. */
  readonly metricsPort: number | undefined;
  /** Whether HubSpot is asked at the start if it takes the key. */
  readonly checksKey: boolean;
  /** Where the keys of servers are, when they are in a file. */
  readonly relayKeysFile: string | undefined;
  /** Sentences about variables that look misspelt. */
  readonly warnings: readonly string[];
}

/**
 * The settings of a Node relay from environment variables; a secret may come from a file (`NAME_FILE`).
 * @throws InvalidOptionsError naming every problem at once
 */
export function nodeSettingsFromEnv(variables: Env): NodeSettings {
  const env = new EnvReader(variables, (path) => readFileSync(path, 'utf8'));
  const adminToken = adminTokenFrom(env);
  const port = env.integer('PORT', 8787, 0, 65_535);
  const settings: NodeSettings = {
    relay: {
      ...relayFromEnv(env),
      limits: nodeLimits(limitsFromEnv(env)),
      trustedProxies: env.integer('TRUSTED_PROXIES', 0, 0, 10),
      hubspot: hubspotFromEnv(env),
      port,
      hostname: env.text('HOST') ?? '127.0.0.1',
      shutdownTimeoutMs: env.integer('SHUTDOWN_TIMEOUT_MS', 10_000, 0, 600_000),
      keepRejectedShare: env.integer('KEEP_REJECTED_PERCENT', 100, 0, 100) / 100,
      maxWaitMs: env.integer('READY_MAX_WAIT_MS', 900_000, 1_000, 172_800_000),
      log: pinoLogger(env.oneOf('LOG_LEVEL', 'info', LOG_LEVELS)),
      ...(adminToken && { adminToken }),
      ...verifySampleFrom(env),
    },
    ...storageFromEnv(env),
    metricsPort: metricsPortFrom(env, port),
    checksKey: env.oneOf('CHECK_KEY', 'true', ['true', 'false']) === 'true',
    relayKeysFile: env.text('RELAY_KEYS_FILE'),
    warnings: unknownSettings(variables),
  };
  // What is missing may be what is misspelt.
  if (env.problems.length > 0) {
    throw new InvalidOptionsError([...env.problems, ...settings.warnings]);
  }
  return settings;
}

/** Off unless a number is given; then it needs a token that can read. */
function verifySampleFrom(env: EnvReader): Pick<NodeRelayOptions, 'verifySample'> {
  const events = env.integer('VERIFY_SAMPLE', 0, 0, 500);
  if (events === 0) return {};
  const token = env.secret('HUBSPOT_READ_TOKEN');
  if (token === undefined) {
    env.missing(
      'HUBSPOT_READ_TOKEN',
      'VERIFY_SAMPLE reads events back, which takes a second service key with "oauth" and crm.objects.contacts.read',
    );
  }
  if (env.text('DELIVERY') === 'direct') {
    env.refuse('VERIFY_SAMPLE', 'needs an outbox: leave out DELIVERY=direct');
  }
  return { verifySample: { events, token: new Redacted(token ?? '') } };
}

function metricsPortFrom(env: EnvReader, port: number): number | undefined {
  if (env.text('METRICS_PORT') === undefined) return undefined;
  const metricsPort = env.integer('METRICS_PORT', 0, 0, 65_535);
  if (metricsPort !== 0 && metricsPort === port) {
    env.refuse('METRICS_PORT', `is ${port}, as PORT is: choose another`);
  }
  return metricsPort;
}

function adminTokenFrom(env: EnvReader): Redacted | undefined {
  const token = env.secret('ADMIN_TOKEN');
  if (token === undefined) return undefined;
  const problem = adminTokenProblem(token);
  if (problem) env.refuse('ADMIN_TOKEN', problem);
  return new Redacted(token);
}
