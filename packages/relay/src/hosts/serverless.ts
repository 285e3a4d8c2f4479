/**
 * The relay as functions without a process of their own, storing in Postgres: one function answers pages, another, which the
 * platform calls by the clock, delivers.
 * @module
 */
import type { Hono } from 'hono';
import { keepRejected } from '../accept/keep-rejected.ts';
import { outboxAcceptor } from '../accept/outbox-acceptor.ts';
import { EnvReader } from '../config/env-reader.ts';
import { hubspotFromEnv } from '../config/hubspot-from-env.ts';
import { outboxLimitsFromEnv } from '../config/outbox-limits-from-env.ts';
import { namesOf, RELAY_SETTINGS } from '../config/settings.ts';
import { InvalidOptionsError } from '../core/invalid-options-error.ts';
import { createDeliverer } from '../delivery/deliverer.ts';
import type { LaneStatus } from '../delivery/lane.ts';
import { createMetrics } from '../delivery/metrics.ts';
import { createHubSpotClient } from '../hubspot/client.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { openPostgresOutbox } from '../outbox/postgres/postgres-outbox.ts';
import { consoleLogger } from './console-logger.ts';
import { DURABILITY } from './durability.ts';
import { type EdgeRelayOptions, peerOf, variablesOf } from './edge/edge-options.ts';
import type { EdgeRelay } from './edge.ts';
import { misconfigured, relayOfBindings, textsOf } from './relay-of-bindings.ts';

export type { EdgeRelayOptions } from './edge/edge-options.ts';
export type { EdgeRelay } from './edge.ts';

export interface ServerlessRelay extends EdgeRelay {
  /**
   * Delivers what is due, then gives back what is left. Any number may run at once, and one that is cut off loses nothing: its
   * events are free again when their lease of a minute ends. Call it every minute.
   * @throws InvalidOptionsError naming every problem of the environment at once, or what the database refuses
   */
  deliver(options?: DeliverOptions): Promise<DeliveryReport>;
}

export interface DeliverOptions {
  /**
   * For how long at most, milliseconds. Stay some seconds below the platform's limit.
   * @default 25_000
   */
  readonly forMs?: number;
}

export interface DeliveryReport {
  /** Events that HubSpot took, by whichever instance, since the call began. */
  readonly delivered: number;
  readonly pending: number;
  readonly dead: number;
  readonly lane: LaneStatus;
}

/** `const { fetch, deliver } = serverlessRelay({ script })`, with `DATABASE_URL` in the environment. */
export function serverlessRelay(options: EdgeRelayOptions = {}): ServerlessRelay {
  let opened: Promise<Outbox> | undefined;
  let relay: Promise<Hono> | undefined;

  /** A connection that could not be had is tried again with the next request. */
  function open(): Promise<Outbox> {
    opened ??= openOutbox(options).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }

  async function build(): Promise<Hono> {
    const outbox = await open();
    return relayOfBindings(variablesOf(options), options, {
      known: SERVERLESS,
      peer: peerOf(options),
      durability: DURABILITY.functions,
      deliveryFor: (_, share) => ({
        acceptor: outboxAcceptor(outbox, { log: consoleLogger, wake() {} }),
        keepRejected: keepRejected({
          share,
          bury: (events) => outbox.buryRejected(events),
          log: consoleLogger,
          metrics: createMetrics(),
        }),
        async readiness() {
          const stats = await outbox.stats().catch(() => undefined);
          const waitMs = stats?.oldestPendingAt ? Date.now() - stats.oldestPendingAt : 0;
          const ready = stats !== undefined && waitMs <= MAX_WAIT_MS;
          return { ready, details: { oldestWaitMs: waitMs, storage: stats ? 'ok' : 'failing' } };
        },
      }),
      ...(options.limits && { limits: options.limits }),
    });
  }

  return {
    async fetch(request, platform) {
      relay ??= build().catch((error: unknown) => {
        relay = undefined;
        const problems =
          error instanceof InvalidOptionsError ? error.problems : [(error as Error).message];
        return misconfigured(problems);
      });
      return (await relay).fetch(request, platform ?? {});
    },

    async deliver({ forMs = 25_000 } = {}) {
      const env = readerOf(options);
      const hubspot = hubspotFromEnv(env);
      if (env.problems.length > 0) throw new InvalidOptionsError(env.problems);
      const outbox = await open();
      const { delivered } = await outbox.stats();
      const client = createHubSpotClient({ ...hubspot, log: consoleLogger });
      const deliverer = createDeliverer({ outbox, client, log: consoleLogger });
      deliverer.start();
      await deliverer.stop({ drainMs: forMs });
      const stats = await outbox.stats();
      return {
        delivered: stats.delivered - delivered,
        pending: stats.pending,
        dead: stats.dead,
        lane: deliverer.status(stats).lane,
      };
    },
  };
}

const MAX_WAIT_MS = 900_000;

const SERVERLESS = [
  ...namesOf(RELAY_SETTINGS),
  'DATABASE_URL',
  'OUTBOX_MAX_EVENTS',
  'OUTBOX_MAX_DEAD',
  'OUTBOX_MAX_DEAD_BYTES',
];

const readerOf = (options: EdgeRelayOptions) => new EnvReader(textsOf(variablesOf(options)));

async function openOutbox(options: EdgeRelayOptions): Promise<Outbox> {
  const env = readerOf(options);
  const connectionString = env.postgresUrl('DATABASE_URL');
  const limits = outboxLimitsFromEnv(env);
  if (connectionString === undefined) {
    env.refuse('DATABASE_URL', 'is not set: write the connection string of a Postgres database');
  }
  if (connectionString === undefined || env.problems.length > 0) {
    throw new InvalidOptionsError(env.problems);
  }
  return openPostgresOutbox({ connectionString, ...limits });
}
