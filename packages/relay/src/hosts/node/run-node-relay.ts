import * as script from '@hubrelay/browser/bundle';
import type { Env } from '../../config/env-reader.ts';
import { explainStart } from './explain-start.ts';
import { followRelayKeys } from './follow-relay-keys.ts';
import { followTraces } from './follow-traces.ts';
import type { Listening } from './listen.ts';
import { type NodeSettings, nodeSettingsFromEnv } from './node-from-env.ts';
import { type NodeRelay, startNodeRelay } from './start-node-relay.ts';

/**
 * Runs a relay from the environment until SIGTERM or SIGINT, then drains: what `hubrelay relay` does.
 * @throws InvalidOptionsError naming every problem of the environment at once, or what the machine refuses
 */
export async function runNodeRelay(variables: Env = process.env): Promise<void> {
  const settings = nodeSettingsFromEnv(variables);
  for (const warning of settings.warnings) settings.relay.log.warn({}, warning);
  followTraces();
  // Before anything that measures: instruments made earlier would stay deaf.
  const metrics = await startMetrics(settings);
  try {
    await runUntilSignal(settings, metrics?.url);
  } finally {
    await metrics?.close();
  }
}

/** OpenTelemetry's SDK costs memory: only those who want metrics pay. */
async function startMetrics({ metricsPort, relay }: NodeSettings): Promise<Listening | undefined> {
  if (metricsPort === undefined) return undefined;
  const { startMetricsServer } = await import('./metrics-server.ts');
  return explainStart('METRICS_PORT', () => startMetricsServer(metricsPort, relay.hostname));
}

async function runUntilSignal(settings: NodeSettings, metrics: string | undefined): Promise<void> {
  const { log, allowedOrigins } = settings.relay;
  const relay = await explainStart('PORT', () => startRelay(settings));
  const delivery = settings.openStorage ? 'queued' : 'direct';
  const told = { url: relay.url, metrics, delivery, ...settings.durability, allowedOrigins };
  log.info(told, 'relay is listening');
  const warning = settings.storageWarning?.();
  if (warning) log.warn({}, warning);

  const signal = await Promise.race([once('SIGTERM'), once('SIGINT')]);
  log.info({ signal }, 'finishing what is running');
  await relay.close();
  log.info({}, 'stopped');
}

async function startRelay(settings: NodeSettings): Promise<NodeRelay> {
  const { relay, openStorage, checksKey, relayKeysFile } = settings;
  const storage = await openStorage?.();
  // A pause by hand means that HubSpot is not called, whatever for. A storage that does not answer is told of by /readyz.
  const stats = await storage?.outbox.stats().catch(() => undefined);
  const first = typeof relay.relayKeys === 'object' ? relay.relayKeys : [];
  const followed = relayKeysFile ? followRelayKeys(relayKeysFile, first, relay.log) : undefined;
  const node = await startNodeRelay({
    ...relay,
    ...(followed && { relayKeys: followed.keys }),
    script,
    checksKey: checksKey && stats?.pausedAt === undefined,
    ...(storage && { storage }),
  });
  return {
    ...node,
    close() {
      followed?.stop();
      return node.close();
    },
  };
}

function once(signal: NodeJS.Signals): Promise<string> {
  return new Promise((resolve) => {
    process.once(signal, () => resolve(signal));
  });
}
