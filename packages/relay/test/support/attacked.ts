import { createDeliverer } from '../../src/delivery/deliverer.ts';
import { type BatchMode, createHubSpotAddress } from '../../src/hubspot/address.ts';
import type { HubSpotAnswer } from '../../src/hubspot/answer.ts';
import type { HubSpotClient } from '../../src/hubspot/client.ts';
import type { EventJson, HubSpotEvent } from '../../src/hubspot/event.ts';
import { silentLogger } from '../../src/observe/log.ts';
import type { Outbox } from '../../src/outbox/outbox.ts';
import { event } from './events.ts';
import { awaited, createVirtualClock, type VirtualClock } from './virtual-clock.ts';

/** What an upstream does to every call that contains one of certain events. `hang`: no answer within the caller's time. */
export type Verdict = HubSpotAnswer | 'hang' | SlowAnswer;

export interface SlowAnswer {
  readonly kind: 'slow';
  readonly afterMs: number;
  readonly answer: HubSpotAnswer;
}

export interface Attack {
  readonly verdict: Verdict;
  /** Events at fault, all stored at once; `half` is one for each honest event, all the time. */
  readonly poison: number | 'half';
  readonly seconds?: number;
  readonly honestPerSecond?: number;
  /** @default 'auto' */
  readonly batch?: BatchMode;
  /**
   * Of a healthy call.
   * @default 20
   */
  readonly latencyMs?: number;
}

export interface Attacked {
  /** Of the honest events stored after the first minute since the attack, milliseconds, the shortest first. */
  readonly waits: readonly number[];
  readonly honest: number;
  readonly arrived: number;
  readonly calls: number;
  /** The longest wait of any honest event, those of the first minute too. */
  readonly longestMs: number;
}

/** Something that delivers events to an upstream. */
export interface AttackedRelay {
  readonly store: (events: readonly HubSpotEvent[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface Surroundings {
  readonly client: HubSpotClient;
  readonly clock: VirtualClock;
  readonly random: () => number;
}

const LATENCY_MS = 20;
const ATTACK_AT_MS = 10_000;
const MINUTE = 60_000;

/** A queued relay whose upstream fails every call with an event at fault in it, and takes all others. */
export function attack(
  options: Attack & { readonly openOutbox: (clock: () => number) => Promise<Outbox> },
): Promise<Attacked> {
  return playAttack(options, async (surroundings) => {
    const { clock } = surroundings;
    const outbox = awaited(await options.openOutbox(clock.now), clock);
    const tools = { ...surroundings, outbox, log: silentLogger, pollMs: 1000 };
    const deliverer = createDeliverer(tools);
    deliverer.start();
    return {
      async store(events) {
        await outbox.enqueue(events);
        deliverer.wake();
      },
      async stop() {
        void deliverer.stop({ drainMs: 0 });
        await clock.advance(10_000);
        await outbox.close();
      },
    };
  });
}

/** Plays an attack on any kind of relay, on a virtual clock. */
export async function playAttack(
  options: Attack,
  start: (surroundings: Surroundings) => Promise<AttackedRelay>,
): Promise<Attacked> {
  const { verdict, poison, seconds = 150, honestPerSecond = 10 } = options;
  const clock = createVirtualClock();
  const startedAt = clock.now();
  const storedAt = new Map<string, number>();
  const arrivedAt = new Map<string, number>();
  const bad = new Set<string>();
  let calls = 0;
  let count = 0;

  const client = upstream(clock, judge, options);
  const relay = await start({ client, clock, random: seeded(7) });

  function judge(events: readonly EventJson[]): Verdict {
    calls += 1;
    const uuids = events.map((json) => JSON.parse(json).uuid as string);
    if (uuids.some((uuid) => bad.has(uuid))) return verdict;
    for (const uuid of uuids) if (!arrivedAt.has(uuid)) arrivedAt.set(uuid, clock.now());
    return { kind: 'response', status: 204 };
  }

  const store = async (number: number, isBad: boolean) => {
    const events = Array.from({ length: number }, () => event(count++));
    for (const { uuid } of events) {
      if (isBad) bad.add(uuid);
      else storedAt.set(uuid, clock.now());
    }
    await relay.store(events);
  };

  for (let tick = 0; tick < seconds * honestPerSecond; tick++) {
    const at = tick * (1000 / honestPerSecond);
    if (at === ATTACK_AT_MS && poison !== 'half') await store(poison, true);
    if (at >= ATTACK_AT_MS && poison === 'half') await store(1, true);
    await store(1, false);
    await clock.advance(1000 / honestPerSecond);
  }
  const allArrived = () => [...storedAt.keys()].every((uuid) => arrivedAt.has(uuid));
  const calmFrom = clock.now();
  while (!allArrived() && clock.now() < calmFrom + 24 * 60 * MINUTE) await clock.advance(MINUTE);
  const measuredFrom = startedAt + ATTACK_AT_MS + MINUTE;
  const waitOf = ([uuid, at]: [string, number]) =>
    (arrivedAt.get(uuid) ?? Number.POSITIVE_INFINITY) - at;
  const waits = [...storedAt]
    .filter(([, at]) => at >= measuredFrom)
    .map(waitOf)
    .toSorted((a, b) => a - b);
  await relay.stop();
  const arrived = [...storedAt.keys()].filter((uuid) => arrivedAt.has(uuid)).length;
  const longestMs = Math.max(...[...storedAt].map(waitOf));
  return { waits, honest: storedAt.size, arrived, calls, longestMs };
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A client whose answers are decided by a function of the events in the call. */
export function upstream(
  clock: VirtualClock,
  judge: (events: readonly EventJson[]) => Verdict,
  { batch = 'auto', latencyMs = LATENCY_MS }: Pick<Attack, 'batch' | 'latencyMs'> = {},
): HubSpotClient {
  const options = {
    apiVersion: 'v3',
    batch,
    baseUrl: 'https://api.hubapi.com',
  } as const;
  return {
    address: createHubSpotAddress({ ...options, clock, log: silentLogger }),
    send: (events, timeoutMs = 10_000) =>
      new Promise((resolve) => {
        const limitMs = Math.min(timeoutMs, 10_000);
        const verdict = judge(events);
        const timeout = { kind: 'failure', reason: 'timeout', message: 'no answer' } as const;
        const isSlow = verdict !== 'hang' && verdict.kind === 'slow';
        const afterMs = verdict === 'hang' ? Infinity : isSlow ? verdict.afterMs : latencyMs;
        const answer = verdict === 'hang' ? timeout : isSlow ? verdict.answer : verdict;
        if (afterMs < limitMs) clock.schedule(() => resolve(answer), afterMs);
        else clock.schedule(() => resolve(timeout), limitMs);
      }),
  };
}

/** A small generator of pseudorandom numbers: https://en.wikipedia.org/wiki/Linear_congruential_generator */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
