import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { upstream } from '../../test/support/attacked.ts';
import { type Connected, connect } from '../../test/support/connect.ts';
import { event, events } from '../../test/support/events.ts';
import type { HubSpotAnswer } from '../hubspot/answer.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { EventJson, HubSpotEvent } from '../hubspot/event.ts';
import type { Outcome } from '../hubspot/outcome.ts';
import { noTraces } from '../outbox/event-traces.ts';
import { type CallReport, type SendResult, type SendTools, sendEvents } from './send-events.ts';

type Result = SendResult<{ event: HubSpotEvent; json: EventJson; attempts: number }>;

/** Sends all as one batch; gives what became of each uuid, and the calls it took. */
async function send(
  { client, clock }: Pick<Connected, 'client' | 'clock'>,
  batch: readonly HubSpotEvent[],
  { deadlineMs = 60_000, ...more }: Partial<SendTools> & { deadlineMs?: number } = {},
) {
  const calls: CallReport[] = [];
  const results: Result[] = [];
  const items = batch.map((event) => ({ event, json: JSON.stringify(event), attempts: 0 }));
  const onCall = (report: CallReport) => calls.push(report);
  const deadlineAt = clock.now() + deadlineMs;
  const tools = { client, clock, onCall, traces: noTraces, deadlineAt, ...more };
  for await (const result of sendEvents(items, tools)) results.push(result);
  const outcomes = results.flatMap(({ items, outcome }) =>
    items.map(({ event }) => [event.uuid, outcome.kind] as const),
  );
  return { calls, results, kinds: new Map<string, Outcome['kind']>(outcomes) };
}

function uuids(batch: readonly HubSpotEvent[]): string[] {
  return batch.map(({ uuid }) => uuid);
}

describe('a batch', () => {
  test('without a fault takes one call', async () => {
    const connected = connect();
    const { calls, kinds } = await send(connected, events(500));
    expect(calls).toHaveLength(1);
    expect([...kinds.values()]).toEqual(Array(500).fill('delivered'));
    expect(connected.hubspot.count().events).toBe(500);
  });

  test('of one event goes to the single endpoint', async () => {
    const connected = connect();
    await send(connected, events(1));
    expect(connected.hubspot.requests().map(({ path }) => path)).toEqual(['/events/v3/send']);
  });

  test('that fails is taken apart, so that the event at fault fails alone', async () => {
    const connected = connect();
    const [first, ...rest] = events(8) as [HubSpotEvent, ...HubSpotEvent[]];
    connected.hubspot.fail({ status: 503, match: ({ body }) => body.includes(first.uuid) });
    const { calls, results, kinds } = await send(connected, [first, ...rest]);
    expect(rest.map(({ uuid }) => kinds.get(uuid))).toEqual(Array(7).fill('delivered'));
    expect(results.find(({ outcome }) => outcome.kind === 'retry')).toMatchObject({
      items: [{ event: { uuid: first.uuid } }],
      suspect: 'alone',
      mayBeApplied: true,
    });
    expect(calls).toHaveLength(1 + 8);
  });

  test('that fails while the service itself is in doubt is not: its events failed together', async () => {
    const connected = connect({ accessTokens: ['other'] });
    const { calls, results } = await send(connected, events(8), { mayLookCloser: () => false });
    expect(calls).toHaveLength(1);
    expect(results).toMatchObject([
      { outcome: { kind: 'pause' }, mayBeApplied: true, suspect: 'together' },
    ]);
  });

  test('begins no call after the deadline', async () => {
    const connected = connect();
    const { calls, results } = await send(connected, events(2), { deadlineMs: 0 });
    expect(calls).toHaveLength(0);
    expect(results).toMatchObject([{ outcome: { kind: 'retry' }, mayBeApplied: false }]);
  });

  test('that begins just before the deadline has time for its answer', async () => {
    const { clock } = connect();
    const client = upstream(clock, () => ({ kind: 'response', status: 204 }), { latencyMs: 2500 });
    const endAt = clock.now() + 10_000;
    const sent = send({ client, clock }, events(2), { deadlineMs: 100, endAt });
    await clock.advance(5000);
    expect((await sent).results).toMatchObject([{ outcome: { kind: 'delivered' } }]);
  });

  test('too large for HubSpot goes in parts', async () => {
    const connected = connect({ maxBodyBytes: 2000 });
    const { kinds } = await send(connected, events(40));
    expect([...kinds.values()]).toEqual(Array(40).fill('delivered'));
  });
});

test.each([
  [400, 'refused'],
  [403, 'pause'],
  [477, 'pause'],
  [500, 'retry'],
] as const)(
  'an event that a batch answered with %i left at HubSpot is delivered, also when the duplicate is a bare 409',
  async (...given) => {
    const [status, kindOfBad] = given;
    const applied = new Set<string>();
    const bad = event(2).uuid;
    const answer = (status: number): HubSpotAnswer => ({
      kind: 'response',
      status,
      ...(status >= 400 && { error: { message: 'Conflict' } }),
    });
    const connected = connect();
    const client: HubSpotClient = {
      address: connected.client.address,
      async send(jsons) {
        const batch = jsons.map((json): HubSpotEvent => JSON.parse(json));
        const isKnown = batch.some(({ uuid }) => applied.has(uuid));
        const isBad = batch.some(({ uuid }) => uuid === bad);
        for (const { uuid } of batch) if (uuid !== bad) applied.add(uuid);
        if (isBad) return answer(status);
        return answer(isKnown ? 409 : 204);
      },
    };
    const { kinds } = await send({ ...connected, client }, events(4));
    expect(events(4).map(({ uuid }) => kinds.get(uuid))).toEqual([
      'delivered',
      'delivered',
      kindOfBad,
      'delivered',
    ]);
  },
);

describe('poison events', () => {
  const batchOf = fc.integer({ min: 1, max: 120 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      poison: fc.uniqueArray(fc.nat(size - 1), { maxLength: 6 }),
    }),
  );

  test.each([
    ['atomic', 204],
    ['partial', 204],
    ['atomic', 409],
    ['partial', 409],
    ['partial', 400],
  ] as const)('end alone, %s batches, duplicates answered %i', async (badItem, duplicateUuid) => {
    await fc.assert(
      fc.asyncProperty(batchOf, async ({ size, poison }) => {
        const connected = connect({ badItem, duplicateUuid, maxSendsPerSecond: 100_000 });
        const batch = events(size);
        const bad = new Set(poison.map((index) => batch[index]?.uuid));
        connected.hubspot.fail({ poison: ({ uuid }) => bad.has(uuid) });
        const { kinds } = await send(connected, batch);
        for (const uuid of uuids(batch)) {
          expect(kinds.get(uuid)).toBe(bad.has(uuid) ? 'refused' : 'delivered');
        }
        const applied = connected.hubspot.received().map(({ uuid }) => uuid);
        expect(applied.toSorted()).toEqual(
          uuids(batch)
            .filter((uuid) => !bad.has(uuid))
            .toSorted(),
        );
      }),
      { numRuns: 12 },
    );
  });

  test.each(['atomic', 'partial'] as const)(
    'cost at most 2·log2 n calls each, %s batches',
    async (badItem) => {
      await fc.assert(
        fc.asyncProperty(batchOf, async ({ size, poison }) => {
          const connected = connect({ badItem });
          const batch = events(size);
          const bad = new Set(poison.map((index) => batch[index]?.uuid));
          connected.hubspot.fail({ poison: ({ uuid }) => bad.has(uuid) });
          const { calls } = await send(connected, batch);
          const perPoison = 2 * Math.ceil(Math.log2(size));
          expect(calls.length).toBeLessThanOrEqual(1 + bad.size * perPoison);
        }),
        { numRuns: 25 },
      );
    },
  );
});

test('an event that a page sends again days later is a duplicate, if HubSpot says so', async () => {
  const DAY = 86_400_000;
  for (const [lateMs, kind] of [
    [DAY, 'delivered'],
    [DAY - 1, 'refused'],
  ] as const) {
    const { client, clock, hubspot } = connect({ duplicateUuid: 409 });
    const late = event(1, { occurredAt: new Date(clock.now() - lateMs).toISOString() });
    const json = JSON.stringify(late);
    await client.send([json]);
    const tools = { client, clock, onCall: () => {}, traces: noTraces, deadlineAt: Infinity };
    const items = [{ json, attempts: 0, enqueuedAt: clock.now() }];
    for await (const { outcome } of sendEvents(items, tools)) expect(outcome.kind).toBe(kind);
    expect(hubspot.count().events).toBe(1);
  }
});
