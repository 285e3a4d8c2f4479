import type { HubSpotClient } from '../hubspot/client.ts';
import type { Logger } from '../log.ts';
import type { RelayOptions } from '../options.ts';
import { directAcceptor } from './direct.ts';
import { watchCalls } from './watch-calls.ts';

/** What a host without storage gives to `createRelay`. */
export function deliverDirectly(
  client: HubSpotClient,
  log: Logger,
): Required<Pick<RelayOptions, 'acceptor' | 'readiness'>> {
  const { onCall, readiness } = watchCalls(log);
  return { acceptor: directAcceptor(client, { onCall }), readiness };
}
