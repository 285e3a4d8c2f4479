import { EVENT_EFFECTS, SERVICE_FAULTS } from '../hubspot/effect.ts';
import type { HubSpotHabits } from '../hubspot/hubspot.ts';
import { createRandom, type Random } from '../time/random.ts';
import type { Happening } from './happening.ts';
import { stormOf } from './storm.ts';

/** Everything that a seed decides before anything happens. */
export interface Plan {
  readonly seed: number;
  readonly kind: PlanKind;
  /** `sqlite`: one relay. `shared`: several on a database. `direct`: several without storage. */
  readonly store: Store;
  readonly relays: number;
  readonly eventsPerSecond: number;
  /** How many of them there are until `rushAt`, milliseconds after the start: a run's beginning may cost less than what is judged. */
  readonly eventsPerSecondBefore: number;
  readonly rushAt: number;
  /** For how long there are visitors. */
  readonly loadMs: number;
  readonly habits: HubSpotHabits;
  readonly pollMs: number;
  /** How many uuids SQLite keeps in memory before it merges them into a table. */
  readonly mergeAt: number;
  readonly maxEvents: number;
  /** Of dead letters: what has no room among them is deleted. */
  readonly maxDead: number;
  readonly happenings: readonly Happening[];
}

export const STORES = ['sqlite', 'shared', 'direct'] as const;
export type Store = (typeof STORES)[number];

export const PLAN_KINDS = ['events at fault', 'outage', 'storm'] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/** Storms find most, and cost little. */
const KIND_WEIGHTS: Record<PlanKind, number> = { 'events at fault': 1, outage: 1, storm: 2 };
const STORE_WEIGHTS: Record<Store, number> = { sqlite: 3, shared: 2, direct: 2 };

const often =
  <T extends string>(weights: Record<T, number>) =>
  (one: T) =>
    Array<T>(weights[one]).fill(one);

/** Many seeds with few events find more than few seeds with many. */
const EVENTS_BESIDE_TROUBLE = 120;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface PlanOptions {
  readonly kinds: readonly PlanKind[];
  readonly stores: readonly Store[];
  /** The least length of a run. */
  readonly hours: number;
}

export function planOf(seed: number, { kinds, stores, hours }: PlanOptions): Plan {
  const random = createRandom(`plan ${seed}`);
  const kind = random.pick(kinds.flatMap(often(KIND_WEIGHTS)));
  const store = random.pick(stores.flatMap(often(STORE_WEIGHTS)));
  const relays = store === 'sqlite' ? 1 : random.between(1, 3);
  const { loadMs, ...rest } = detailsOf[kind](random.fork(kind), relays, store);
  return {
    seed,
    kind,
    store,
    relays,
    habits: habitsOf(random),
    pollMs: random.pick([1000, 10_000]),
    eventsPerSecondBefore: rest.eventsPerSecond,
    rushAt: 0,
    mergeAt: random.pick([20, 200, 2000]),
    maxEvents: 1_000_000,
    maxDead: maxDeadOf(random.fork('dead letters')),
    loadMs: Math.max(loadMs, hours * HOUR),
    ...rest,
  };
}

/** No seed's other draws depend on it. */
function maxDeadOf(random: Random): number {
  return random.chance(0.5) ? random.pick([0, 2, 8]) : 1_000_000;
}

function habitsOf(random: Random): HubSpotHabits {
  return {
    duplicate: random.pick(['nothing', '400 with words', '409 without']),
    refusedBatch: random.pick(['nothing', 'what comes first']),
    latencyMs: random.pick([40, 100, 300]),
    hasBatch: random.chance(0.85),
  };
}

type Details = Pick<Plan, 'eventsPerSecond' | 'loadMs' | 'happenings'> & Partial<Plan>;

const detailsOf: Record<PlanKind, (random: Random, relays: number, store: Store) => Details> = {
  /** A normal site, a healthy HubSpot, and events that something answers badly to. */
  'events at fault'(random, _, store) {
    const fates = Array.from({ length: random.pick([1, 1, 2, 4]) }, () =>
      random.pick(EVENT_EFFECTS),
    );
    const attacks = fates.map((fate): Happening => {
      const at = random.between(3, 10) * SECOND;
      const share = random.pick([0.01, 0.1, 0.5]);
      if (random.chance(0.5)) return { at, does: 'bad events', fate, share };
      return { at, does: 'attack', fate, events: random.pick([1, 10, 30, 100, 100, 300, 1000]) };
    });
    const cure: Happening[] = random.chance(0.3) ? [{ at: 85 * SECOND, does: 'cure' }] : [];
    // Half of all events is the most that a direct relay hears of: its pages come back with them.
    const eventsPerSecond = store === 'direct' ? 5 : 10;
    return {
      eventsPerSecond,
      eventsPerSecondBefore: random.pick([1, 1, 3, eventsPerSecond]),
      rushAt: 55 * SECOND,
      loadMs: 90 * SECOND,
      happenings: inOrder([...attacks, ...cure]),
    };
  },

  /** Hours without HubSpot, sometimes with events at fault among those that wait. */
  outage(random) {
    const fault = random.pick(SERVICE_FAULTS);
    const forMs = random.pick([HOUR, HOUR, HOUR, 3 * HOUR, 3 * HOUR, 60 * HOUR]);
    const isLong = forMs > 3 * HOUR;
    const at = 60 * SECOND;
    const bad: Happening = {
      at: 30 * SECOND,
      does: 'bad events',
      fate: random.pick(EVENT_EFFECTS),
      share: 0.1,
    };
    const happenings: Happening[] = [
      ...(random.chance(0.3) ? [bad] : []),
      { at, does: 'service fault', fault, forMs },
    ];
    const loadMs = at + forMs + 2 * MINUTE;
    return isLong
      ? {
          eventsPerSecond: EVENTS_BESIDE_TROUBLE / (loadMs / SECOND),
          loadMs,
          happenings,
          pollMs: MINUTE,
        }
      : {
          eventsPerSecond: EVENTS_BESIDE_TROUBLE / (loadMs / SECOND),
          loadMs,
          happenings,
          pollMs: 10 * SECOND,
        };
  },

  /** Anything, at any time. */
  storm(random, relays, store) {
    const loadMs = random.pick([5 * MINUTE, 20 * MINUTE, 20 * MINUTE, 2 * HOUR]);
    const happenings = stormOf(random, relays, store, loadMs);
    const eventsPerSecond = EVENTS_BESIDE_TROUBLE / (loadMs / SECOND);
    const maxEvents = random.pick([30, 200, ...Array(8).fill(1_000_000)]);
    const polls = loadMs > 5 * MINUTE ? { pollMs: 10 * SECOND } : {};
    return { eventsPerSecond, loadMs, happenings, maxEvents, ...polls };
  },
};

export function inOrder(happenings: readonly Happening[]): Happening[] {
  return happenings.toSorted((a, b) => a.at - b.at);
}
