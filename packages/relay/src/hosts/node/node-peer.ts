import type { IncomingMessage } from 'node:http';
import { addressKey } from '../../limit/address-key.ts';
import { clientAddress } from '../../limit/client-address.ts';
import type { Logger } from '../../log.ts';
import type { ReadPeer } from '../../receive/peer.ts';

/** The client's address: the socket's, or what so many trusted proxies say. */
export function nodePeer(trustedProxies: number, log: Logger): ReadPeer {
  let hasWarned = false;

  return (request, bindings) => {
    const { incoming } = bindings as { incoming: IncomingMessage };
    const forwardedFor = request.headers.get('x-forwarded-for');
    const socketAddress = incoming.socket.remoteAddress;
    const isBehindProxy = forwardedFor !== null && addressKey(socketAddress) === undefined;
    if (isBehindProxy && trustedProxies === 0 && !hasWarned) {
      hasWarned = true;
      log.warn(
        { proxy: socketAddress },
        'requests come through a proxy, so their addresses are not known and not limited: set TRUSTED_PROXIES to the number of proxies',
      );
    }
    const address = clientAddress(socketAddress, forwardedFor, trustedProxies);
    return address === undefined ? {} : { address };
  };
}
