import { deliverDirectly } from '../../accept/deliver-directly.ts';
import { createAdmin } from '../../admin/create-admin.ts';
import type { Redacted } from '../../core/redacted.ts';
import { createRelay } from '../../create-relay.ts';
import { createDeliveredSample, noSample } from '../../delivery/delivered-sample.ts';
import { createStepLog } from '../../delivery/step-log.ts';
import { createRefusedOrigins } from '../../http/refused-origins.ts';
import { createHubSpotClient, type HubSpotClientOptions } from '../../hubspot/client.ts';
import { silentLogger } from '../../observe/log.ts';
import { createPageReports } from '../../receive/page-reports.ts';
import type { RelayOptions } from '../../receive/relay-options.ts';
import { watchKey } from './check-key.ts';
import { listen } from './listen.ts';
import { createNodeFetch } from './node-fetch.ts';
import { nodePeer } from './node-peer.ts';
import {
  type DurableStorage,
  type QueuedDelivery,
  startQueuedDelivery,
} from './queued-delivery.ts';
import { startVerifySample, type VerifySample } from './verify-sample.ts';

/** A relay on Node: the core's options, how HubSpot is reached, and where to listen. */
export interface NodeRelayOptions extends Omit<RelayOptions, 'acceptor' | 'readiness'> {
  readonly hubspot: HubSpotClientOptions;

  /**
   * Where events wait for their delivery. The relay closes it when it stops.
   * @default none: events are delivered before the page is answered
   */
  readonly storage?: DurableStorage;

  /**
   * Opens the owner's API at `/admin/v1` to holders of this token. Needs `storage`.
   * @default closed
   */
  readonly adminToken?: Redacted;

  /**
   * Reads a sample of the delivered events back from HubSpot, into metrics and log: so many of each quarter of an hour. Needs `storage`.
   * @default off
   */
  readonly verifySample?: VerifySample;

  /**
   * Asks HubSpot at the start whether it takes the key, by an event with nothing in it, which HubSpot refuses. While the key is
   * refused the relay is not ready; it accepts events all the same.
   * @default false
   */
  readonly checksKey?: boolean;

  /**
   * An event that has waited longer than this for its delivery makes the relay not ready, milliseconds.
   * @default 900_000
   */
  readonly maxWaitMs?: number;

  /**
   * How many of the events that the policy refused are kept as dead letters, 0 to 1; the outbox caps their number.
   * @default 1
   */
  readonly keepRejectedShare?: number;

  /**
   * 0 takes a free port.
   * @default 8787
   */
  readonly port?: number;

  /**
   * Address to listen on. The default expects a proxy that speaks TLS on the same machine.
   * @default '127.0.0.1'
   */
  readonly hostname?: string;

  /**
   * How many proxies stand before the relay. So many entries of `X-Forwarded-For`, from the end, are trusted; the relay must
   * not be reachable past them then.
   * @default 0: no header is trusted, the client is the peer of the socket
   */
  readonly trustedProxies?: number;

  /**
   * After `close()`: how long running requests and then the last deliveries may take, together, milliseconds. What is not
   * delivered by then stays in the outbox.
   * @default 10_000
   */
  readonly shutdownTimeoutMs?: number;
}

/** A relay that is listening. */
export interface NodeRelay {
  readonly url: string;
  readonly port: number;
  /** Takes no new request, finishes the running ones, drains the outbox, stops. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts a relay.
 * @throws InvalidOptionsError naming every problem of the options; the system's error when the port cannot be had
 */
export async function startNodeRelay(options: NodeRelayOptions): Promise<NodeRelay> {
  const {
    hubspot,
    storage,
    adminToken,
    verifySample,
    checksKey,
    trustedProxies,
    maxWaitMs,
    keepRejectedShare,
    port,
    hostname,
    shutdownTimeoutMs,
    ...relay
  } = {
    ...defaults,
    ...options,
  };
  const calls = createNodeFetch();
  const toHubSpot = () => createHubSpotClient({ fetch: calls.fetch, log: relay.log, ...hubspot });
  const key = watchKey(toHubSpot(), relay.log);
  const client = key.listening(toHubSpot());
  const delivered = rememberedFor(adminToken, verifySample);
  const queued =
    storage &&
    startQueuedDelivery({
      ...{ storage, client, maxWaitMs, keepRejectedShare, delivered },
      log: relay.log,
    });
  const refusedOrigins = createRefusedOrigins();
  const pageReports = createPageReports(relay.allowedOrigins);
  const delivery = queued ?? deliverDirectly(client, relay.log);
  const app = createRelay({
    refusedOrigins,
    pageReports,
    peer: nodePeer(trustedProxies, relay.log),
    ...relay,
    ...delivery,
    readiness: key.telling(delivery.readiness),
  });
  if (queued && storage && adminToken) {
    const { deliverer } = queued;
    app.route(
      '/admin/v1',
      createAdmin({
        outbox: storage.outbox,
        deliverer,
        delivered,
        isKeyRefused: key.isRefused,
        refusedOrigins,
        pageReports,
        hubId: relay.hubId,
        token: adminToken,
        log: relay.log,
      }),
    );
  }

  const stopVerifying =
    queued &&
    verifySample &&
    startVerifySample(verifySample, {
      hubspot,
      delivered,
      fetch: calls.fetch,
      log: relay.log,
    });
  const listening = await listen({ fetch: app.fetch, port, hostname, shutdownTimeoutMs }).catch(
    async (error: unknown) => {
      stopVerifying?.();
      await queued?.stop(0);
      calls.close();
      throw error;
    },
  );
  if (checksKey) key.start();
  let closing: Promise<void> | undefined;
  return {
    ...listening,
    close() {
      key.stop();
      stopVerifying?.();
      closing ??= stopInOrder(listening.close, queued, shutdownTimeoutMs).finally(calls.close);
      return closing;
    },
  };
}

/** Where nothing can ask, nothing of a person is kept. */
function rememberedFor(adminToken: Redacted | undefined, verifySample: VerifySample | undefined) {
  if (adminToken) return createDeliveredSample({ steps: createStepLog() });
  return verifySample ? createDeliveredSample() : noSample;
}

const defaults = {
  log: silentLogger,
  checksKey: false,
  maxWaitMs: 900_000,
  keepRejectedShare: 1,
  port: 8787,
  hostname: '127.0.0.1',
  trustedProxies: 0,
  shutdownTimeoutMs: 10_000,
} as const;

/**
 * First no new events, then the last deliveries: the other way round some would be stored and left behind. The deliveries have
 * what the requests left of the time.
 */
async function stopInOrder(
  stopListening: () => Promise<void>,
  queued: QueuedDelivery | undefined,
  timeoutMs: number,
): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  await stopListening();
  await queued?.stop(Math.max(0, endsAt - performance.now()));
}
