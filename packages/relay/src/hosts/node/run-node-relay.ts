import * as bundle from '@hubrelay/browser/bundle';
import type { Env } from '../../config/env-reader.ts';
import { silentLogger } from '../../log.ts';
import { nodeRelayOptionsFromEnv } from './node-from-env.ts';
import { startNodeRelay } from './start-node-relay.ts';

/**
 * Runs a relay from the environment until SIGTERM or SIGINT, then drains: what `hubrelay relay` does.
 * @throws InvalidOptionsError naming every problem of the environment at once
 */
export async function runNodeRelay(variables: Env = process.env): Promise<void> {
  const options = nodeRelayOptionsFromEnv(variables);
  const { log = silentLogger } = options;
  const relay = await startNodeRelay({ ...options, script: bundle });
  log.info({ url: relay.url, allowedOrigins: options.allowedOrigins }, 'relay is listening');

  const signal = await Promise.race([once('SIGTERM'), once('SIGINT')]);
  log.info({ signal }, 'finishing what is running');
  await relay.close();
  log.info({}, 'stopped');
}

function once(signal: NodeJS.Signals): Promise<string> {
  return new Promise((resolve) => {
    process.once(signal, () => resolve(signal));
  });
}
