import type { PendingFilter } from '../../packages/relay/src/outbox/pending-event.ts';
import { ENDS_OF_V3, EVENT_EFFECTS, SERVICE_FAULTS } from '../hubspot/effect.ts';
import { STORAGE_FAULTS } from '../relays/storage.ts';
import { NETWORK_FAULTS } from '../site/network.ts';
import type { Random } from '../time/random.ts';
import type { Happening } from './happening.ts';
import { inOrder, type Store } from './plan.ts';

/** What a draw knows of its run. */
interface Setting {
  readonly random: Random;
  readonly relays: number;
  readonly at: number;
}

type Draw = (setting: Setting) => Happening | Happening[];

const SECOND = 1000;
/** Most troubles are short, some are not. */
const shortly = (random: Random) =>
  Math.ceil(random.exponential(random.pick([2, 30, 300]) * SECOND));
const someRelay = ({ random, relays }: Setting) => random.between(0, relays - 1);

function kill(setting: Setting): Happening {
  const { random, at } = setting;
  return { at, does: 'kill', relay: someRelay(setting), forMs: shortly(random) };
}

/** A relay that dies while something ails leaves more behind than one that dies in peace. */
function orDieOfIt(setting: Setting, trouble: Happening, forMs: number): Happening[] {
  const { random, at } = setting;
  if (!random.chance(0.3)) return [trouble];
  return [trouble, kill({ ...setting, at: at + random.between(0, forMs) })];
}

function serviceFault(setting: Setting): Happening[] {
  const { random, at } = setting;
  const forMs = shortly(random);
  const fault = random.pick(SERVICE_FAULTS);
  return orDieOfIt(setting, { at, does: 'service fault', fault, forMs }, forMs);
}

function storageFault(setting: Setting): Happening[] {
  const { random, at } = setting;
  const forMs = shortly(random);
  const fault = random.pick(STORAGE_FAULTS);
  return orDieOfIt(setting, { at, does: 'storage fault', fault, forMs }, forMs);
}

const anywhere: readonly Draw[] = [
  serviceFault,
  serviceFault,
  ({ random, at }) => ({
    at,
    does: 'network fault',
    fault: random.pick(NETWORK_FAULTS),
    share: random.pick([0.1, 0.5, 1]),
    forMs: shortly(random),
  }),
  kill,
  (setting) => ({
    at: setting.at,
    does: 'restart',
    relay: someRelay(setting),
    forMs: setting.random.between(0, 5000),
  }),
  ({ random, at }) => ({ at, does: 'rotate token', forMs: shortly(random) }),
  ({ random, at }) => ({
    at,
    does: 'tabs',
    how: random.pick(['close', 'crash', 'freeze', 'thaw', 'online'] as const),
    share: random.pick([0.3, 1]),
  }),
  ({ at }) => ({ at, does: 'another visitor', share: 0.3 }),
  ({ random, at }) => ({
    at,
    does: 'attack',
    fate: random.pick(EVENT_EFFECTS),
    events: random.pick([1, 5, 60]),
  }),
  ({ random, at }) => ({
    at,
    does: 'bad events',
    fate: random.pick(EVENT_EFFECTS),
    share: random.pick([0, 0.05, 0.5]),
  }),
  ({ at }) => ({ at, does: 'cure' }),
  // Once in a while it ends in the middle of all the rest.
  ({ random, at }) =>
    random.chance(0.5) ? { at, does: 'end v3', answer: random.pick(ENDS_OF_V3) } : [],
];

const withStorage: readonly Draw[] = [
  storageFault,
  storageFault,
  (setting) => ({
    at: setting.at,
    does: 'set clock',
    relay: someRelay(setting),
    ms: clockStepOf(setting.random),
  }),
  ({ random, at }) => ({ at, does: 'pause', forMs: shortly(random) }),
  ({ random, at }) => ({
    at,
    does: random.pick(['resume', 'replay', 'purge', 'forget'] as const),
  }),
  ({ random, at }) => ({
    at,
    does: random.pick(['bury pending', 'purge pending'] as const),
    filter: random.pick(PENDING_FILTERS),
  }),
];

const clockStepOf = (random: Random) =>
  random.pick([-1, 1]) * Math.ceil(random.exponential(random.pick([1, 60, 3600]) * SECOND));

/** What an operator looks for: an event of a bad release, what fails, what has not been tried. */
const PENDING_FILTERS: readonly PendingFilter[] = [
  { eventName: 'pe123_order' },
  { eventName: 'pe123_order_already_sent' },
  { minAttempts: 1 },
  { lastStatus: 500 },
  { lastStatus: 'none' },
  {},
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
    random.pick(draws)({ random, relays, at: random.between(1, lengthMs) }),
  );
  return inOrder(happenings.flat());
}
