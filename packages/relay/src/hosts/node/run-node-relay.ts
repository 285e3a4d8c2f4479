import * as script from '@hubrelay/browser/bundle';
import type { Env } from '../../config/env-reader.ts';
import { silentLogger } from '../../log.ts';
import { followTraces } from './follow-traces.ts';
import { startMetricsServer } from './metrics-server.ts';
import { nodeSettingsFromEnv } from './node-from-env.ts';
import { startNodeRelay } from './start-node-relay.ts';

/**
 * Runs a relay from the environment until SIGTERM or SIGINT, then drains: what `hubrelay relay` does.
 * @throws InvalidOptionsError naming every problem of the environment at once
 */
export async function runNodeRelay(variables: Env = process.env): Promise<void> {
  const settings = nodeSettingsFromEnv(variables);
  const { log = silentLogger, hostname = '127.0.0.1', allowedOrigins } = settings.relay;
  const metricsPort = settings.metricsPort;
  followTraces();
  // Before anything that measures: instruments made earlier would stay deaf.
  const metrics =
    metricsPort === undefined ? undefined : await startMetricsServer(metricsPort, hostname);
  const storage = await settings.openStorage?.();
  const relay = await startNodeRelay({ ...settings.relay, script, ...(storage && { storage }) });
  const delivery = storage ? 'queued' : 'direct';
  log.info(
    { url: relay.url, metrics: metrics?.url, delivery, allowedOrigins },
    'relay is listening',
  );

  const signal = await Promise.race([once('SIGTERM'), once('SIGINT')]);
  log.info({ signal }, 'finishing what is running');
  await relay.close();
  await metrics?.close();
  log.info({}, 'stopped');
}

function once(signal: NodeJS.Signals): Promise<string> {
  return new Promise((resolve) => {
    process.once(signal, () => resolve(signal));
  });
}
