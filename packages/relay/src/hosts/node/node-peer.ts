import type { IncomingMessage } from 'node:http';
import type { ReadPeer } from '../../http/peer.ts';
import { addressKey, isAddress } from '../../limit/address-key.ts';
import { clientAddress } from '../../limit/client-address.ts';
import type { Logger } from '../../observe/log.ts';

/** Headers by which proxies tell whom they speak for. */
const FORWARDED = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'x-forwarded-proto',
  'x-forwarded-host',
  'cf-connecting-ip',
  'true-client-ip',
  'via',
];

/** The client's address: the socket's, or what so many trusted proxies say. A setting that cannot be right is logged once. */
export function nodePeer(trustedProxies: number, log: Logger): ReadPeer {
  let hasWarned = false;

  function warn(proxy: string | undefined, problem: string): void {
    hasWarned = true;
    log.warn({ proxy }, problem);
  }

  return (request, bindings) => {
    const { incoming } = bindings as { incoming: IncomingMessage };
    const forwardedFor = request.headers.get('x-forwarded-for');
    const socketAddress = incoming.socket.remoteAddress;
    const address = clientAddress(socketAddress, forwardedFor, trustedProxies);
    if (!hasWarned) {
      const isForwarded = FORWARDED.some((name) => request.headers.has(name));
      const isFromProxy = addressKey(socketAddress) === undefined;
      const problem = problemOf({
        trustedProxies,
        isForwarded,
        isFromProxy,
        forwardedFor,
        address,
      });
      if (problem) warn(socketAddress, problem);
    }
    return address === undefined ? {} : { address };
  };
}

interface Forwarding {
  readonly trustedProxies: number;
  readonly isForwarded: boolean;
  /** The socket's address is none of the internet's. */
  readonly isFromProxy: boolean;
  readonly forwardedFor: string | null;
  /** What was taken for the client's. */
  readonly address: string | undefined;
}

function problemOf(forwarding: Forwarding): string | undefined {
  const { trustedProxies, isForwarded, isFromProxy, forwardedFor, address } = forwarding;
  if (trustedProxies > 0) {
    if (forwardedFor === null) {
      return 'TRUSTED_PROXIES is set, but a request has no X-Forwarded-For, so its address is that of the proxy: let the proxy set the header';
    }
    if (forwardedFor.split(',').length < trustedProxies) {
      return `TRUSTED_PROXIES is ${trustedProxies}, but X-Forwarded-For has fewer entries, so the address of the last proxy counts: set TRUSTED_PROXIES to the number of proxies that add an entry`;
    }
    if (address !== undefined && isAddress(address)) return undefined;
    return `the entry of X-Forwarded-For that TRUSTED_PROXIES=${trustedProxies} points to is not an IP address, so there is no limit per address: let the proxy write the client's IP address there`;
  }
  if (!isForwarded) return undefined;
  return isFromProxy
    ? 'requests come through a proxy, so the addresses of their clients are not known and there is no limit per address: set TRUSTED_PROXIES to the number of proxies'
    : 'a request says that a proxy forwarded it: if there is one, all of its clients share one limit per address until you set TRUSTED_PROXIES to the number of proxies';
}
