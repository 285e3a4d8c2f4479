import { Hono } from 'hono';
import { EnvReader } from '../config/env-reader.ts';
import { hubspotFromEnv } from '../config/hubspot-from-env.ts';
import { relayFromEnv } from '../config/relay-from-env.ts';
import { unknownSettings } from '../config/unknown-settings.ts';
import { createRelay } from '../create-relay.ts';
import type { ReadPeer } from '../http/peer.ts';
import { tryLater } from '../http/problem.ts';
import { createHubSpotClient, type HubSpotClient } from '../hubspot/client.ts';
import type { RelayLimits, RelayOptions } from '../receive/relay-options.ts';
import type { RelayScript } from '../script/relay-script.ts';
import { consoleLogger } from './console-logger.ts';
import { type Durability, tellDurability } from './durability.ts';

/** Variables, secrets and bindings by name; the names are those of the Node host. */
export type Bindings = Readonly<Record<string, unknown>>;

export interface ServedFiles {
  /**
   * The browser bundle to serve.
   * @default none
   */
  readonly script?: RelayScript;
  /**
   * `events.lock.json`, imported.
   * @default none: `EVENTS=*` must say that every event is let through
   */
  readonly lock?: unknown;
}

/** What becomes of events, accepted and refused, and whether that works. */
export type EdgeDelivery = Pick<RelayOptions, 'acceptor' | 'keepRejected' | 'readiness'>;

/** What one platform gives to a relay that has no machine of its own. */
export interface EdgePlatform {
  /** The names that may be set there. */
  readonly known: string[];
  readonly peer: ReadPeer;
  readonly limits?: RelayLimits;
  readonly durability: Durability;
  deliveryFor(client: HubSpotClient, keepRejectedShare: number): EdgeDelivery;
}

/** Variables that cannot work are named in the platform's log; the public learns only that the relay is not there. */
export function relayOfBindings(
  bindings: Bindings,
  { script, lock }: ServedFiles,
  { known, peer, limits, durability, deliveryFor }: EdgePlatform,
): Hono {
  const env = new EnvReader(textsOf(bindings));
  const settings = relayFromEnv(env, lock);
  const hubspot = hubspotFromEnv(env);
  const keepShare = env.integer('KEEP_REJECTED_PERCENT', 100, 0, 100) / 100;
  for (const warning of unknownSettings(bindings, known)) consoleLogger.warn({}, warning);
  if (env.problems.length > 0) return misconfigured(env.problems);
  tellDurability(consoleLogger, durability);
  return createRelay({
    ...settings,
    peer,
    ...deliveryFor(createHubSpotClient({ ...hubspot, log: consoleLogger }), keepShare),
    log: consoleLogger,
    ...(limits && { limits }),
    ...(script && { script }),
  });
}

/** Answers every request with 503, and says why in the log. */
export function misconfigured(problems: readonly string[]): Hono {
  const app = new Hono();
  app.all('*', () => {
    consoleLogger.error({ problems }, 'the relay cannot start');
    return tryLater('overloaded', 'The relay is not configured; its log says why.', 60_000, {});
  });
  return app;
}

export function textsOf(bindings: Bindings): Record<string, string> {
  return Object.fromEntries(
    Object.entries(bindings).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
