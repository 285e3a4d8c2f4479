import { Hono } from 'hono';
import { EnvReader } from '../config/env-reader.ts';
import { hubspotFromEnv } from '../config/hubspot-from-env.ts';
import { relayFromEnv } from '../config/relay-from-env.ts';
import { namesOf, RELAY_SETTINGS } from '../config/settings.ts';
import { unknownSettings } from '../config/unknown-settings.ts';
import { createRelay } from '../create-relay.ts';
import { tryLater } from '../http/problem.ts';
import { createHubSpotClient, type HubSpotClient } from '../hubspot/client.ts';
import type { RelayLimits, RelayOptions } from '../receive/relay-options.ts';
import type { RelayScript } from '../script/relay-script.ts';
import { cloudflareLimiter, isRateLimitBinding } from './cloudflare-limiter.ts';
import { cloudflarePeer } from './cloudflare-peer.ts';
import { consoleLogger } from './console-logger.ts';

/** Variables and secrets of the Worker; the names are those of the Node host. */
export type WorkerEnv = Readonly<Record<string, unknown>>;

export interface WorkerRelayOptions {
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

/** The names that a Worker knows: settings, and the bindings of both kinds of Workers. */
const ON_CLOUDFLARE = [
  ...namesOf(RELAY_SETTINGS),
  'ADMIN_TOKEN',
  'OUTBOX_MAX_DEAD',
  'OUTBOX_MAX_DEAD_BYTES',
  'RATE_LIMIT_ADDRESS',
  'RATE_LIMIT_VISITOR',
  'EVENT_QUEUE',
  'DEAD_LETTER_QUEUE',
  'DEAD_LETTERS',
];

/** What becomes of events, accepted and refused, and whether that works. */
export type WorkerDelivery = Pick<RelayOptions, 'acceptor' | 'keepRejected' | 'readiness'>;

/** Variables that cannot work are named in the Worker's log; the public learns only that the relay is not there. */
export function relayFor(
  bindings: WorkerEnv,
  { script, lock }: WorkerRelayOptions,
  deliveryFor: (client: HubSpotClient, keepRejectedShare: number) => WorkerDelivery,
): Hono {
  const env = new EnvReader(textsOf(bindings));
  const settings = relayFromEnv(env, lock);
  const hubspot = hubspotFromEnv(env);
  const keepShare = env.integer('KEEP_REJECTED_PERCENT', 100, 0, 100) / 100;
  for (const warning of unknownSettings(bindings, ON_CLOUDFLARE)) consoleLogger.warn({}, warning);
  if (env.problems.length > 0) return misconfigured(env.problems);
  return createRelay({
    ...settings,
    peer: cloudflarePeer,
    limits: limitsOf(bindings),
    ...deliveryFor(createHubSpotClient({ ...hubspot, log: consoleLogger }), keepShare),
    log: consoleLogger,
    ...(script && { script }),
  });
}

function misconfigured(problems: readonly string[]): Hono {
  const app = new Hono();
  app.all('*', () => {
    consoleLogger.error({ problems }, 'the relay cannot start');
    return tryLater('overloaded', 'The relay is not configured; its log says why.', 60_000, {});
  });
  return app;
}

/** Bindings that the owner adds to wrangler.toml; without them there are no limits. */
function limitsOf({ RATE_LIMIT_ADDRESS, RATE_LIMIT_VISITOR }: WorkerEnv): RelayLimits {
  return {
    ...(isRateLimitBinding(RATE_LIMIT_ADDRESS) && {
      address: cloudflareLimiter(RATE_LIMIT_ADDRESS),
    }),
    ...(isRateLimitBinding(RATE_LIMIT_VISITOR) && {
      visitor: cloudflareLimiter(RATE_LIMIT_VISITOR),
    }),
  };
}

export function textsOf(bindings: WorkerEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(bindings).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
