import type { PendingFilter } from '../../packages/relay/src/outbox/pending-event.ts';
import type { Effect, ServiceFault } from '../hubspot/effect.ts';
import type { StorageFault } from '../relays/storage.ts';
import type { NetworkFault } from '../site/network.ts';

/** Something that happens to the world, `at` milliseconds after its start. */
export type Happening = { readonly at: number } & (
  | { readonly does: 'service fault'; readonly fault: ServiceFault; readonly forMs: number }
  | {
      readonly does: 'network fault';
      readonly fault: NetworkFault;
      readonly share: number;
      readonly forMs: number;
    }
  | { readonly does: 'storage fault'; readonly fault: StorageFault; readonly forMs: number }
  | { readonly does: 'kill' | 'restart'; readonly relay: number; readonly forMs: number }
  | { readonly does: 'set clock'; readonly relay: number; readonly ms: number }
  | { readonly does: 'pause'; readonly forMs: number }
  | { readonly does: 'resume' | 'replay' | 'purge' | 'forget' | 'cure' }
  | { readonly does: 'bury pending' | 'purge pending'; readonly filter: PendingFilter }
  /** The address of v3 is gone; so is answered what still goes there. */
  | { readonly does: 'end v3'; readonly answer: Effect }
  | { readonly does: 'rotate token'; readonly forMs: number }
  | {
      readonly does: 'tabs';
      readonly how: 'close' | 'crash' | 'freeze' | 'thaw' | 'online';
      readonly share: number;
    }
  | { readonly does: 'another visitor'; readonly share: number }
  /** Requests full of events at fault. */
  | { readonly does: 'attack'; readonly fate: Effect; readonly events: number }
  /** From now on a part of the visitors' events is at fault, until another such or a cure. */
  | { readonly does: 'bad events'; readonly fate: Effect; readonly share: number }
);

/** One line of a trace. */
export function wordsOf(happening: Happening): string {
  const { at: _, does, ...rest } = happening;
  const words = Object.entries(rest).map(
    ([name, value]) => `${name} ${typeof value === 'object' ? nameOf(value) : value}`,
  );
  return [does, ...words].join(', ');
}

const nameOf = (value: { readonly name?: string }) => value.name ?? JSON.stringify(value);
