import type { FakeHubSpotOptions, FaultEffect } from '@hubrelay/fake-hubspot';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connect } from './support/connect.ts';
import { type Delivering, delivering } from './support/deliver.ts';
import { event } from './support/events.ts';
import { mortal } from './support/mortal.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Something that happens to a relay. */
type Happening =
  | { readonly kind: 'accept'; readonly count: number; readonly poison: boolean }
  | { readonly kind: 'fault'; readonly effect: FaultEffect; readonly times: number }
  | { readonly kind: 'calm' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'kill' }
  | { readonly kind: 'restart' };

const effects: readonly FaultEffect[] = [
  { status: 500 },
  { status: 503, retryAfter: 20 },
  { status: 502 },
  { status: 429 },
  { status: 429, retryAfter: 7 },
  { status: 423 },
  { status: 477, retryAfter: 600 },
  { status: 401 },
  { status: 403 },
  { status: 308 },
  { status: 418 },
  { kind: 'reset' },
  { kind: 'drop-reply' },
  { kind: 'hang' },
  { kind: 'hang-reply' },
  { kind: 'truncate' },
  { status: 503, kind: 'truncate' },
  { status: 400, kind: 'truncate' },
  { latencyMs: 900 },
  { latencyMs: 12_000 },
];

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('accept' as const),
      count: fc.integer({ min: 1, max: 60 }),
      poison: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      effect: fc.constantFrom(...effects),
      times: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('calm' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(fc.nat(500), fc.nat(MINUTE), fc.nat(HOUR)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('pause', 'resume') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

const world = fc.record({
  duplicateUuid: fc.constantFrom(204 as const, 400 as const, 409 as const),
  badItem: fc.constantFrom('atomic' as const, 'partial' as const),
  happenings: fc.array(happening, { minLength: 1, maxLength: 25 }),
});

async function expectLaw({ outbox }: Delivering): Promise<void> {
  const { accepted, delivered, dead, pending, removed } = await outbox.stats();
  expect(accepted).toBe(delivered + dead + pending + removed);
}

/** Everything that was accepted is at HubSpot once, or it was poison and is a dead letter that says so. */
async function expectAccountedFor(
  { outbox, hubspot }: Delivering,
  accepted: ReadonlySet<string>,
  poison: ReadonlySet<string>,
): Promise<void> {
  const { items } = await outbox.listDead({ limit: 10_000 });
  const dead = items.map((letter) => letter.event.uuid);
  const arrived = hubspot.received().map(({ uuid }) => uuid);
  expect(arrived.toSorted()).toEqual([...accepted].filter((uuid) => !poison.has(uuid)).toSorted());
  expect(dead.toSorted()).toEqual([...poison].toSorted());
  expect(items.every(({ reason, error }) => reason === 'refused_by_hubspot' && error.status)).toBe(
    true,
  );
}

interface Played {
  readonly relay: Delivering;
  readonly accepted: ReadonlySet<string>;
  readonly poison: ReadonlySet<string>;
}

/** Lets one thing after the other happen to a relay, then calm return, until nothing is pending. The law holds all along. */
async function play(
  happenings: readonly Happening[],
  hubspotOptions: FakeHubSpotOptions,
  random: () => number,
): Promise<Played> {
  const relay = delivering({ hubspot: hubspotOptions, deliverer: { random } });
  const { clock, hubspot, outbox } = relay;
  const accepted = new Set<string>();
  const poison = new Set<string>();
  const undoFaults: (() => void)[] = [];
  let life = begin(relay);

  const happen = async (what: Happening) => {
    switch (what.kind) {
      case 'accept': {
        const fresh = Array.from({ length: what.count }, (_, i) => event(accepted.size + i));
        if (what.poison) poison.add(event(accepted.size).uuid);
        await outbox.enqueue(fresh);
        for (const { uuid } of fresh) accepted.add(uuid);
        return life.deliverer.wake();
      }
      case 'fault':
        undoFaults.push(hubspot.fail({ ...what.effect, times: what.times }));
        return;
      case 'calm':
        for (const undo of undoFaults.splice(0)) undo();
        return;
      case 'wait':
        return clock.advance(what.ms);
      case 'pause':
        return life.deliverer.pause();
      case 'resume':
        return life.deliverer.resume();
      case 'kill':
        life.kill();
        life = begin(relay);
        return;
      case 'restart': {
        const stopped = life.deliverer.stop({ drainMs: 5 * SECOND });
        await clock.advance(5 * SECOND);
        await stopped;
        life = begin(relay);
      }
    }
  };

  hubspot.fail({ poison: ({ uuid = '' }) => poison.has(uuid) });
  for (const what of happenings) {
    await happen(what);
    await expectLaw(relay);
  }
  await happen({ kind: 'calm' });
  await happen({ kind: 'resume' });
  await clock.runUntil(async () => (await outbox.stats()).pending === 0, 3 * HOUR);
  return { relay, accepted, poison };
}

/** A process of its own: killed, it neither hears nor says anything more. */
function begin(relay: Delivering) {
  const outbox = mortal(relay.outbox);
  const client = mortal(relay.client);
  const deliverer = relay.second({ outbox: outbox.alive, client: client.alive });
  deliverer.start();
  const kill = () => {
    outbox.die();
    client.die();
  };
  return { deliverer, kill };
}

test('accepted = delivered + dead + pending, whatever happens', { timeout: 120_000 }, async () => {
  const randoms = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  const property = fc.asyncProperty(world, randoms, async (given, stream) => {
    const { happenings, ...switches } = given;
    const random = () => stream.next().value as number;
    const { relay, accepted, poison } = await play(happenings, switches, random);
    await expectLaw(relay);
    await expectAccountedFor(relay, accepted, poison);
  });
  await fc.assert(property, { numRuns: 60 });
});

describe('an outage of two days', () => {
  const outages: readonly [string, FaultEffect][] = [
    ['500', { status: 500 }],
    ['503 with Retry-After', { status: 503, retryAfter: 120 }],
    ['an HTML page of 522', { status: 522 }],
    ['429 for ten seconds', { status: 429 }],
    ['429 for the day', { status: 429, body: { policyName: 'DAILY', errorType: 'RATE_LIMIT' } }],
    ['477', { status: 477, retryAfter: 86_400 }],
    ['401', { status: 401 }],
    ['403', { status: 403 }],
    ['a redirect', { status: 302 }],
    ['connection reset', { kind: 'reset' }],
    ['no answer', { kind: 'hang' }],
    ['a proxy that knows no such page', { status: 404, body: '<html>not found</html>' }],
  ];

  test.each(outages)('of %s loses nothing', async (_, effect) => {
    const relay = delivering({ deliverer: { sweepMs: 10 * MINUTE } });
    const { clock, hubspot, outbox, deliverer, accept } = relay;
    const accepted = new Set<string>();
    const undo = hubspot.fail(effect);
    deliverer.start();
    for (let hour = 0; hour < 47; hour++) {
      const fresh = [event(3 * hour), event(3 * hour + 1), event(3 * hour + 2)];
      await accept(fresh);
      for (const { uuid } of fresh) accepted.add(uuid);
      await clock.advance(HOUR);
    }
    expect(await outbox.stats()).toMatchObject({ pending: accepted.size, dead: 0 });
    const calls = hubspot.count().requests;
    expect(calls).toBeLessThan(47 * 62);
    undo();
    await clock.runUntil(async () => (await outbox.stats()).pending === 0, 24 * HOUR);
    await expectAccountedFor(relay, accepted, new Set());
  });

  test('of a rotated token ends with the new token', async () => {
    const relay = delivering({ connected: connect({ accessTokens: ['another'] }) });
    const { clock, outbox, deliverer, accept } = relay;
    deliverer.start();
    await accept([event(1)]);
    await clock.advance(40 * HOUR);
    expect(deliverer.status({}).lane).toMatchObject({ state: 'paused', cause: 'unauthorized' });
    await deliverer.stop({ drainMs: SECOND });
    const good = connect();
    relay.second({ client: good.client, clock }).start();
    await clock.runUntil(async () => (await outbox.stats()).pending === 0, HOUR);
    expect(good.hubspot.count().events).toBe(1);
  });

  test('and longer, of which no event can be at fault, lets none expire', async () => {
    const relay = delivering({ deliverer: { sweepMs: 10 * MINUTE } });
    const { clock, hubspot, outbox, deliverer, accept } = relay;
    const undo = hubspot.fail({ status: 401 });
    deliverer.start();
    await accept([event(1), event(2)]);
    await clock.advance(100 * HOUR);
    expect(await outbox.stats()).toMatchObject({ pending: 2, dead: 0 });
    undo();
    await clock.runUntil(async () => (await outbox.stats()).pending === 0, HOUR);
    await expectAccountedFor(relay, new Set([event(1).uuid, event(2).uuid]), new Set());
  });

  test('and longer, that an operator ordered, lets none expire, though the relay starts again in it', async () => {
    const relay = delivering({ deliverer: { sweepMs: MINUTE } });
    const { clock, hubspot, outbox, deliverer, accept, second } = relay;
    hubspot.fail({ latencyMs: 5 * SECOND });
    deliverer.start();
    await deliverer.pause();
    await accept(Array.from({ length: 100 }, (_, i) => event(i)));
    await clock.advance(100 * HOUR);
    await deliverer.stop({ drainMs: SECOND });
    await outbox.resume();
    // Slow on purpose: the first sweep comes while most of what is overdue still waits.
    second({ sweepMs: MINUTE, maxBatchEvents: 1, maxConcurrency: 1 }).start();
    await clock.advance(2 * MINUTE);
    expect((await outbox.stats()).pending).toBeGreaterThan(0);
    await clock.runUntil(async () => (await outbox.stats()).pending === 0, HOUR);
    expect(hubspot.count().events).toBe(100);
  });

  test('and longer, of HubSpot itself, makes dead letters that can be replayed', async () => {
    const relay = delivering({ deliverer: { sweepMs: 10 * MINUTE } });
    const { clock, hubspot, outbox, deliverer, accept } = relay;
    const undo = hubspot.fail({ status: 500 });
    deliverer.start();
    await accept([event(1), event(2)]);
    await clock.advance(50 * HOUR);
    expect(await outbox.stats()).toMatchObject({ pending: 0, dead: 2 });
    await expectLaw(relay);
    undo();
    expect(await outbox.replay({ reason: 'expired' })).toBe(2);
    await clock.runUntil(async () => (await outbox.stats()).pending === 0, HOUR);
    await expectAccountedFor(relay, new Set([event(1).uuid, event(2).uuid]), new Set());
  });
});

test('a poison event delays no other by more than a bisection', async () => {
  const latencyMs = 50;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 500 }), fc.nat(), async (size, at) => {
      const { clock, hubspot, outbox, deliverer, accept } = delivering();
      const bad = event(at % size).uuid;
      hubspot.fail({ latencyMs });
      hubspot.fail({ poison: bad });
      await accept(Array.from({ length: size }, (_, i) => event(i)));
      const startedAt = clock.now();
      deliverer.start();
      await clock.runUntil(async () => (await outbox.stats()).pending === 0);
      const calls = 1 + 2 * Math.ceil(Math.log2(size));
      const last = Math.max(...hubspot.received().map(({ receivedAt }) => receivedAt));
      expect(last - startedAt).toBeLessThanOrEqual(calls * latencyMs);
      expect(hubspot.count().events).toBe(size - 1);
    }),
    { numRuns: 15 },
  );
});
