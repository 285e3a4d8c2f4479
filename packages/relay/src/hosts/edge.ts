/**
 * The relay on a platform that calls a function with a `Request`, delivering within the request: Deno Deploy, Vercel, Netlify,
 * Supabase.
 * @module
 */
import type { Hono } from 'hono';
import { deliverDirectly } from '../accept/deliver-directly.ts';
import { namesOf, RELAY_SETTINGS } from '../config/settings.ts';
import { consoleLogger } from './console-logger.ts';
import { DURABILITY } from './durability.ts';
import { type EdgeRelayOptions, peerOf, variablesOf } from './edge/edge-options.ts';
import { relayOfBindings } from './relay-of-bindings.ts';

export type { EdgeRelayOptions } from './edge/edge-options.ts';

/** What a platform calls for each request. */
export interface EdgeRelay {
  /** @param platform what the platform gives beside the request, for `clientAddress` */
  fetch(request: Request, platform?: unknown): Response | Promise<Response>;
}

/**
 * `const { fetch } = edgeRelay({ script })`. The environment is read with the first request, because some platforms have none
 * before. A mistake in it is named in the log, and every request is answered with 503.
 */
export function edgeRelay(options: EdgeRelayOptions = {}): EdgeRelay {
  let relay: Hono | undefined;
  return {
    fetch(request, platform) {
      relay ??= relayOfBindings(variablesOf(options), options, {
        known: ON_THE_EDGE,
        peer: peerOf(options),
        durability: DURABILITY.direct,
        deliveryFor: (client) => deliverDirectly(client, consoleLogger),
        ...(options.limits && { limits: options.limits }),
      });
      // Hono hands it to `clientAddress`; undefined would be replaced.
      return relay.fetch(request, platform ?? {});
    },
  };
}

/** An environment is shared with the platform's own variables: only what looks like a misspelt setting is named. */
const ON_THE_EDGE = namesOf(RELAY_SETTINGS);
