import type { ReadPeer } from '../../http/peer.ts';
import type { RelayLimits } from '../../receive/relay-options.ts';
import type { Bindings, ServedFiles } from '../relay-of-bindings.ts';

/** A relay as a function of an edge or serverless platform. */
export interface EdgeRelayOptions extends ServedFiles {
  /**
   * Variables and secrets by name; the names are those of the Node host.
   * @default the runtime's environment: `process.env`, or `Deno.env`
   */
  readonly env?: Bindings;

  /**
   * The client's IP address, from a place that a client cannot write to. What the platform gives beside the request is the
   * second argument of `fetch`.
   * @default unknown: there is no limit per address
   */
  readonly clientAddress?: (request: Request, platform: unknown) => string | null | undefined;

  /**
   * Counters of the platform or of a database; memory does not outlive an instance.
   * @default none
   */
  readonly limits?: RelayLimits;
}

/** Not every runtime has `process`, and in some it is there without an environment. */
export function variablesOf({ env }: EdgeRelayOptions): Bindings {
  if (env !== undefined) return env;
  const { Deno } = globalThis as { readonly Deno?: { readonly env?: { toObject(): Bindings } } };
  const ofProcess = typeof process === 'undefined' ? undefined : process.env;
  return ofProcess ?? Deno?.env?.toObject() ?? {};
}

export function peerOf({ clientAddress }: EdgeRelayOptions): ReadPeer {
  return (request, platform) => {
    const address = clientAddress?.(request, platform);
    return address ? { address } : {};
  };
}
