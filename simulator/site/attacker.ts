import type { Effect } from '../hubspot/effect.ts';
import type { Ledger } from '../laws/ledger.ts';
import type { Random } from '../time/random.ts';
import { newUuid, newVisitor } from './browser.ts';
import type { Network } from './network.ts';

/** The most events that a relay takes in one request. */
const EVENTS_PER_REQUEST = 100;

export interface AttackTools {
  readonly random: Random;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly now: () => number;
}

/** Posts as many events at fault as it is told, all at once, and listens to no answer. Anyone can. */
export function attack(
  fate: Effect,
  events: number,
  { random, ledger, network, now }: AttackTools,
): void {
  for (let left = events; left > 0; left -= EVENTS_PER_REQUEST) {
    const utk = newVisitor(random);
    const eventName = random.pick(['duplicate_lead', 'order_already_sent', 'signup']);
    const batch = Array.from({ length: Math.min(left, EVENTS_PER_REQUEST) }, (_, i) => ({
      uuid: newUuid(random),
      eventName,
      properties: { number: `attack ${i}` },
      occurredAt: now(),
    }));
    for (const { uuid, properties } of batch)
      ledger.track({ uuid, eventName, properties, utk, fate });
    network.post({
      from: { name: 'attacker' },
      body: JSON.stringify({ sentAt: now(), utk, events: batch }),
      isCut: () => false,
      answered() {},
      failed() {},
    });
  }
}
