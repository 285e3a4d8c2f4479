import { readFileSync } from 'node:fs';
import { type Env, EnvReader } from '../../config/env-reader.ts';
import { hubspotFromEnv } from '../../config/hubspot-from-env.ts';
import { limitsFromEnv } from '../../config/limits-from-env.ts';
import { relayFromEnv } from '../../config/relay-from-env.ts';
import { InvalidOptionsError } from '../../options.ts';
import { nodeLimits } from './node-limits.ts';
import { LOG_LEVELS, pinoLogger } from './pino-logger.ts';
import type { NodeRelayOptions } from './start-node-relay.ts';

/**
 * The options of a Node relay from environment variables; a secret may come from a file (`NAME_FILE`).
 * @throws InvalidOptionsError naming every problem at once
 */
export function nodeRelayOptionsFromEnv(variables: Env): NodeRelayOptions {
  const env = new EnvReader(variables, (path) => readFileSync(path, 'utf8'));
  const options: NodeRelayOptions = {
    ...relayFromEnv(env),
    limits: nodeLimits(limitsFromEnv(env)),
    trustedProxies: env.integer('TRUSTED_PROXIES', 0, 0, 10),
    hubspot: hubspotFromEnv(env),
    port: env.integer('PORT', 8787, 0, 65_535),
    hostname: env.text('HOST') ?? '127.0.0.1',
    shutdownTimeoutMs: env.integer('SHUTDOWN_TIMEOUT_MS', 10_000, 0, 600_000),
    log: pinoLogger(env.oneOf('LOG_LEVEL', 'info', LOG_LEVELS)),
  };
  if (env.problems.length > 0) throw new InvalidOptionsError(env.problems);
  return options;
}
