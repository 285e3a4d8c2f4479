import type { Hono } from 'hono';
import { namesOf, RELAY_SETTINGS } from '../config/settings.ts';
import type { RelayLimits } from '../receive/relay-options.ts';
import { cloudflareLimiter, isRateLimitBinding } from './cloudflare-limiter.ts';
import { cloudflarePeer } from './cloudflare-peer.ts';
import {
  type Bindings,
  type EdgePlatform,
  relayOfBindings,
  type ServedFiles,
} from './relay-of-bindings.ts';

/** Variables and secrets of the Worker; the names are those of the Node host. */
export type WorkerEnv = Bindings;

export interface WorkerRelayOptions extends ServedFiles {}

/** The names that a Worker knows: settings, and the bindings of both kinds of Workers. */
const ON_CLOUDFLARE = [
  ...namesOf(RELAY_SETTINGS),
  'ADMIN_TOKEN',
  'OUTBOX_MAX_DEAD',
  'OUTBOX_MAX_DEAD_BYTES',
  'QUEUE_RETENTION_HOURS',
  'RATE_LIMIT_ADDRESS',
  'RATE_LIMIT_VISITOR',
  'EVENT_QUEUE',
  'DEAD_LETTER_QUEUE',
  'DEAD_LETTERS',
];

export function relayFor(
  bindings: WorkerEnv,
  options: WorkerRelayOptions,
  platform: Pick<EdgePlatform, 'durability' | 'deliveryFor'>,
): Hono {
  const limits = limitsOf(bindings);
  return relayOfBindings(bindings, options, {
    known: ON_CLOUDFLARE,
    peer: cloudflarePeer,
    limits,
    ...platform,
  });
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
