/**
 * The relay on Cloudflare Workers, delivering within the request.
 * @module
 */
import type { Hono } from 'hono';
import { deliverDirectly } from '../accept/deliver-directly.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import { relayFor, type WorkerEnv, type WorkerRelayOptions } from './cloudflare-relay.ts';
import { consoleLogger } from './console-logger.ts';
import { DURABILITY } from './durability.ts';

export type { WorkerEnv, WorkerRelayOptions } from './cloudflare-relay.ts';

const direct = {
  durability: DURABILITY.direct,
  deliveryFor: (client: HubSpotClient) => deliverDirectly(client, consoleLogger),
};

/**
 * Makes the default export of a Worker:
 * `export default workerRelay({ script })`.
 * The relay is built on the first request of an isolate, because only then are the bindings known.
 */
export function workerRelay(options: WorkerRelayOptions = {}) {
  const relays = new WeakMap<WorkerEnv, Hono>();
  return {
    fetch(request: Request, env: WorkerEnv): Response | Promise<Response> {
      const relay = relays.get(env) ?? relayFor(env, options, direct);
      relays.set(env, relay);
      return relay.fetch(request, env);
    },
  };
}
