import { EVENT_EFFECTS, SERVICE_FAULTS } from '../hubspot/effect.ts';
import { STORAGE_FAULTS } from '../relays/storage.ts';
import { NETWORK_FAULTS } from '../site/network.ts';
import type { Random } from '../time/random.ts';
import type { Happening } from './happening.ts';
import { inOrder, type Store } from './plan.ts';

type Draw = (random: Random, relays: number, at: number) => Happening;

const SECOND = 1000;
/** Most troubles are short, some are not. */
const shortly = (random: Random) =>
  Math.ceil(random.exponential(random.pick([2, 30, 300]) * SECOND));
const someRelay = (random: Random, relays: number) => random.between(0, relays - 1);

const anywhere: readonly Draw[] = [
  (random, _, at) => ({
    at,
    does: 'service fault',
    fault: random.pick(SERVICE_FAULTS),
    forMs: shortly(random),
  }),
  (random, _, at) => ({
    at,
    does: 'service fault',
    fault: random.pick(SERVICE_FAULTS),
    forMs: shortly(random),
  }),
  (random, _, at) => ({
    at,
    does: 'network fault',
    fault: random.pick(NETWORK_FAULTS),
    share: random.pick([0.1, 0.5, 1]),
    forMs: shortly(random),
  }),
  (random, relays, at) => ({
    at,
    does: 'kill',
    relay: someRelay(random, relays),
    forMs: shortly(random),
  }),
  (random, relays, at) => ({
    at,
    does: 'restart',
    relay: someRelay(random, relays),
    forMs: random.between(0, 5000),
  }),
  (random, _, at) => ({ at, does: 'rotate token', forMs: shortly(random) }),
  (random, _, at) => ({
    at,
    does: 'tabs',
    how: random.pick(['close', 'crash', 'freeze', 'thaw', 'online'] as const),
    share: random.pick([0.3, 1]),
  }),
  (_, __, at) => ({ at, does: 'another visitor', share: 0.3 }),
  (random, _, at) => ({
    at,
    does: 'attack',
    fate: random.pick(EVENT_EFFECTS),
    events: random.pick([1, 5, 60]),
  }),
  (random, _, at) => ({
    at,
    does: 'bad events',
    fate: random.pick(EVENT_EFFECTS),
    share: random.pick([0, 0.05, 0.5]),
  }),
  (_, __, at) => ({ at, does: 'cure' }),
];

const withStorage: readonly Draw[] = [
  (random, _, at) => ({
    at,
    does: 'storage fault',
    fault: random.pick(STORAGE_FAULTS),
    forMs: shortly(random),
  }),
  (random, _, at) => ({
    at,
    does: 'storage fault',
    fault: random.pick(STORAGE_FAULTS),
    forMs: shortly(random),
  }),
  (random, relays, at) => ({
    at,
    does: 'set clock',
    relay: someRelay(random, relays),
    ms: random.pick([-1, 1]) * Math.ceil(random.exponential(random.pick([1, 60, 3600]) * SECOND)),
  }),
  (random, _, at) => ({ at, does: 'pause', forMs: shortly(random) }),
  (random, _, at) => ({ at, does: random.pick(['resume', 'replay', 'purge', 'forget'] as const) }),
];

/** Up to a dozen and a half things, in no order. */
export function stormOf(
  random: Random,
  relays: number,
  store: Store,
  lengthMs: number,
): Happening[] {
  const draws = store === 'direct' ? anywhere : [...anywhere, ...withStorage];
  const count = random.between(1, 16);
  const happenings = Array.from({ length: count }, () =>
    random.pick(draws)(random, relays, random.between(1, lengthMs)),
  );
  return inOrder(happenings);
}
