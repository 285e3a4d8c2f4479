import { directAcceptor } from '../../accept/direct.ts';
import { createRelay } from '../../create-relay.ts';
import { createHubSpotClient, type HubSpotClientOptions } from '../../hubspot/client.ts';
import { silentLogger } from '../../log.ts';
import type { RelayOptions } from '../../options.ts';
import { listen } from './listen.ts';
import { nodePeer } from './node-peer.ts';

/** A relay on Node: the core's options, how HubSpot is reached, and where to listen. */
export interface NodeRelayOptions extends Omit<RelayOptions, 'acceptor'> {
  readonly hubspot: HubSpotClientOptions;

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
   * How many proxies stand before the relay. So many entries of `X-Forwarded-For`, from the end, are believed; the relay must
   * not be reachable past them then.
   * @default 0: no header is believed, the client is who holds the socket
   */
  readonly trustedProxies?: number;

  /**
   * How long running requests may take after `close()` before their connections are cut.
   * @default 10_000
   */
  readonly shutdownTimeoutMs?: number;
}

/** A relay that is listening. */
export interface NodeRelay {
  readonly url: string;
  readonly port: number;
  /** Takes no new request, finishes the running ones, stops. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts a relay.
 * @throws InvalidOptionsError naming every problem of the options; the system's error when the port cannot be had
 */
export async function startNodeRelay(options: NodeRelayOptions): Promise<NodeRelay> {
  const {
    hubspot,
    port = 8787,
    hostname = '127.0.0.1',
    trustedProxies = 0,
    shutdownTimeoutMs = 10_000,
    ...relay
  } = options;
  const client = createHubSpotClient(hubspot);
  const app = createRelay({
    peer: nodePeer(trustedProxies, relay.log ?? silentLogger),
    ...relay,
    acceptor: directAcceptor(client),
  });
  return listen({ fetch: app.fetch, port, hostname, shutdownTimeoutMs });
}
