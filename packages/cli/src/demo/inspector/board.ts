import type { Observation } from './observation.ts';
import { type Row, rowOf, type State } from './row.ts';
import { learn, type TrackedEvent, trackedEvent } from './tracked-event.ts';

/** Keeps what is known about each event of the demo, and shows it as rows. */
export interface Board {
  /** Takes in an observation; gives the rows that it changed. */
  observe(observation: Observation): Row[];
  /** Newest first. */
  rows(): Row[];
  counters(): Counters;
  clear(): void;
}

/** `received = delivered + dead + retrying + those on their way`. */
export interface Counters {
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

  const concerned = (seen: Observation) => [...events.values()].filter((e) => concerns(seen, e));

  function add(seen: Extract<Observation, { kind: 'arrived' }>): void {
    for (const event of seen.events) {
      if (!events.has(event.uuid)) events.set(event.uuid, trackedEvent(event));
    }
    for (const [uuid, event] of events) {
      if (events.size <= MAX_ROWS) return;
      const { state } = rowOf(event);
      if (state !== 'delivered' && state !== 'dead') continue;
      gone[state] += 1;
      events.delete(uuid);
    }
  }

  return {
    observe(seen) {
      if (seen.kind === 'arrived') add(seen);
      const changed = concerned(seen);
      for (const event of changed) learn(event, seen);
      return changed.map(rowOf);
    },
    rows: () => [...events.values()].map(rowOf).reverse(),
    counters() {
      const states = [...events.values()].map((event) => rowOf(event).state);
      const count = (state: State) => gone[state] + states.filter((s) => s === state).length;
      return {
        received: events.size + gone.delivered + gone.dead,
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
