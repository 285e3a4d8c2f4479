import type { EventJson, HubSpotEvent } from '../hubspot/event.ts';
import { type ErasureKey, isAbout } from '../outbox/erasure.ts';
import { noSteps, type StepLog } from './steps.ts';

/** An event that HubSpot acknowledged. */
export interface DeliveredEvent {
  readonly event: HubSpotEvent;
  /** Epoch milliseconds. */
  readonly deliveredAt: number;
}

export interface SampleQuery {
  /** Delivered at or after this time. */
  readonly after: number;
  /** Delivered before this time. @default no bound */
  readonly before?: number;
  readonly limit: number;
}

export interface SamplePage {
  /** Drawn at random from those kept, the newest first. */
  readonly items: readonly DeliveredEvent[];
  /** How many were delivered in that time, to the minute, as far as this relay knows. */
  readonly delivered: number;
  /** What was delivered before this time is not known: the relay started later, or had no room. */
  readonly since: number;
}

/**
 * A bounded random sample of what was delivered, in memory: up to so many events of each minute. On a quiet site it is every
 * event of the last two hours. It ends with the process, and each relay on one outbox knows its own deliveries only.
 */
export interface DeliveredSample {
  /** The way of the last events, those that are not delivered too. */
  readonly steps: StepLog;
  add(events: readonly EventJson[], deliveredAt: number): void;
  /** In the sample, or among the last events whose steps are known. */
  find(uuid: string): DeliveredEvent | undefined;
  draw(query: SampleQuery): SamplePage;
  /** @returns how many */
  forget(key: ErasureKey): number;
}

/** Remembers nothing: where nothing can ask, nothing of a person is kept. */
export const noSample: DeliveredSample = {
  steps: noSteps,
  add: () => {},
  find: () => undefined,
  draw: () => ({ items: [], delivered: 0, since: Date.now() }),
  forget: () => 0,
};

export interface SampleOptions {
  /** Remembers the way of the last events, too. @default nothing of it is remembered */
  readonly steps?: StepLog;
  /** @default 30 */
  readonly perMinute?: number;
  /** @default 120 */
  readonly minutes?: number;
  /** Of JSON text, all together. @default 4_000_000 */
  readonly maxBytes?: number;
  /** @default Math.random */
  readonly random?: () => number;
  /** Of the start. @default Date.now */
  readonly now?: () => number;
}

interface Minute {
  readonly minute: number;
  /** How many were delivered in it, kept or not. */
  delivered: number;
  kept: { readonly json: EventJson; readonly at: number }[];
}

const MINUTE_MS = 60_000;

export function createDeliveredSample(options: SampleOptions = {}): DeliveredSample {
  const { perMinute = 30, minutes = 120, maxBytes = 4_000_000, random = Math.random } = options;
  const { steps = noSteps } = options;
  /** The oldest first. */
  const kept: Minute[] = [];
  let bytes = 0;
  let since = (options.now ?? Date.now)();

  function minuteOf(at: number): Minute {
    const last = kept.at(-1);
    // A clock that was set back writes on in the newest minute: the order stays.
    const minute = Math.max(Math.floor(at / MINUTE_MS), last?.minute ?? 0);
    if (last?.minute === minute) return last;
    const fresh: Minute = { minute, delivered: 0, kept: [] };
    kept.push(fresh);
    while ((kept[0]?.minute ?? minute) <= minute - minutes) dropOldest();
    return fresh;
  }

  function dropOldest(): void {
    const [gone] = kept.splice(0, 1);
    if (!gone) return;
    for (const { json } of gone.kept) bytes -= json.length;
    since = Math.max(since, (gone.minute + 1) * MINUTE_MS);
  }

  /** Reservoir sampling: each event of the minute is kept with the same probability. */
  function keep(minute: Minute, json: EventJson, at: number): void {
    minute.delivered += 1;
    const isRoom = minute.kept.length < perMinute;
    const place = isRoom ? minute.kept.length : Math.floor(random() * minute.delivered);
    if (place >= perMinute) return;
    bytes += json.length - (minute.kept[place]?.json.length ?? 0);
    minute.kept[place] = { json, at };
  }

  return {
    steps,
    add(events, deliveredAt) {
      const minute = minuteOf(deliveredAt);
      for (const json of events) keep(minute, json, deliveredAt);
      while (bytes > maxBytes && kept.length > 1) dropOldest();
      if (bytes > maxBytes) dropOldest();
    },
    find(uuid) {
      const all = kept.flatMap((minute) => minute.kept);
      const found = all
        .filter(({ json }) => json.includes(uuid) && eventOf(json).uuid === uuid)
        .at(-1);
      const known = found ?? steps.delivered(uuid);
      return known && { event: eventOf(known.json), deliveredAt: known.at };
    },
    draw({ after, before = Number.POSITIVE_INFINITY, limit }) {
      const wanted = kept.filter(
        ({ minute }) => (minute + 1) * MINUTE_MS > after && minute * MINUTE_MS < before,
      );
      const all = wanted
        .flatMap((minute) => minute.kept)
        .filter(({ at }) => at >= after && at < before);
      const drawn = shuffled(all, random).slice(0, limit);
      return {
        items: drawn
          .sort((one, other) => other.at - one.at)
          .map(({ json, at }) => ({ event: eventOf(json), deliveredAt: at })),
        delivered: wanted.reduce((sum, minute) => sum + minute.delivered, 0),
        since,
      };
    },
    forget(key) {
      steps.forget(key);
      let forgotten = 0;
      for (const minute of kept) {
        const rest = minute.kept.filter(({ json }) => !isAbout(eventOf(json), key));
        forgotten += minute.kept.length - rest.length;
        minute.kept = rest;
      }
      bytes = kept.flatMap((minute) => minute.kept).reduce((sum, one) => sum + one.json.length, 0);
      return forgotten;
    },
  };
}

const eventOf = (json: EventJson) => JSON.parse(json) as HubSpotEvent;

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}
