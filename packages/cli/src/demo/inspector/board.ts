import type { Observation } from './observation.ts';
import { type Row, rowOf, type State, stateOf } from './row.ts';
import { learn, type TrackedEvent, trackedEvent } from './tracked-event.ts';

/** Keeps what is known about each event of the demo, and shows it as rows. */
export interface Board {
  /** Takes in an observation; gives the rows that it changed. */
  observe(observation: Observation): Row[];
  /** Whether the relay sends nothing to HubSpot at present; gives the rows that changed by it. */
  shut(isShut: boolean): Row[];
  /** Newest first. */
  rows(): Row[];
  counters(): Counters;
  clear(): void;
}

/** `received = delivered + dead + retrying + those on their way`. */
export interface Counters {
  /** Events that wait in the shop's page, of which no request has come yet. */
  readonly inPage: number;
  readonly received: number;
  readonly delivered: number;
  readonly retrying: number;
  readonly dead: number;
}

/** The oldest settled events go first. They stay in the counters. */
const MAX_ROWS = 200;

export function createBoard(): Board {
  const events = new Map<string, TrackedEvent>();
  const gone: Record<State, number> = { moving: 0, waiting: 0, delivered: 0, dead: 0 };

  let isShut = false;
  const row = (event: TrackedEvent) => rowOf(event, isShut);
  const state = (event: TrackedEvent) => stateOf(event, isShut);
  const concerned = (seen: Observation) => [...events.values()].filter((e) => concerns(seen, e));

  function add(seen: Extract<Observation, { kind: 'kept' | 'arrived' }>): void {
    for (const event of seen.events) {
      if (!events.has(event.uuid)) events.set(event.uuid, trackedEvent(event));
    }
    for (const [uuid, event] of events) {
      if (events.size <= MAX_ROWS) return;
      const settled = state(event);
      if (settled !== 'delivered' && settled !== 'dead') continue;
      gone[settled] += 1;
      events.delete(uuid);
    }
  }

  return {
    observe(seen) {
      if (seen.kind === 'kept' || seen.kind === 'arrived') add(seen);
      const changed = concerned(seen);
      for (const event of changed) learn(event, seen);
      return changed.map(row);
    },
    shut(now) {
      const before = new Map([...events.values()].map((event) => [event, state(event)]));
      isShut = now;
      return [...before]
        .filter(([event, was]) => state(event) !== was)
        .map(([event]) => row(event));
    },
    rows: () => [...events.values()].map(row).reverse(),
    counters() {
      const arrived = [...events.values()].filter(({ arrivals }) => arrivals.length > 0);
      const states = arrived.map(state);
      const count = (one: State) => gone[one] + states.filter((s) => s === one).length;
      return {
        inPage: events.size - arrived.length,
        received: arrived.length + gone.delivered + gone.dead,
        delivered: count('delivered'),
        retrying: count('waiting'),
        dead: count('dead'),
      };
    },
    clear() {
      events.clear();
      gone.delivered = 0;
      gone.dead = 0;
    },
  };
}

function concerns(seen: Observation, { uuid, arrivals, attempts }: TrackedEvent): boolean {
  switch (seen.kind) {
    case 'kept':
      return arrivals.length === 0 && seen.events.some((event) => event.uuid === uuid);
    case 'arrived':
    case 'calling':
      return seen.events.some((event) => event.uuid === uuid);
    case 'answered':
      return arrivals.some(({ request }) => request === seen.request);
    case 'called':
      return attempts.some(({ call }) => call === seen.call);
    case 'judged':
    case 'seen':
      return seen.uuids.includes(uuid);
    case 'applied':
      return seen.event.uuid === uuid;
  }
}
