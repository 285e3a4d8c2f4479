import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { event } from '../../../test/support/events.ts';
import { type FakeD1, fakeD1 } from '../../../test/support/fake-queues.ts';
import { type SimulatedQueues, simulatedQueues } from '../../../test/support/simulated-queues.ts';
import type { HubSpotEvent } from '../../hubspot/event.ts';
import { queuedWorkerRelay } from '../cloudflare-queues.ts';
import type { ReceivedBatch } from './bindings.ts';

// Days in the life of two queues, as short of patience as the platform allows: a message lives for 24 hours, as on the free plan.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ADMIN_TOKEN = 'an-admin-token-of-the-tests';

let hubspot: RunningFakeHubSpot;
let queues: SimulatedQueues;
let d1: FakeD1;
let env: Parameters<ReturnType<typeof queuedWorkerRelay>['queue']>[1];
const worker = queuedWorkerRelay();

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  // Thousands of lines about what the tests wanted.
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation(() => {});
  }
  hubspot = await startFakeHubSpot();
  queues = simulatedQueues({ retentionMs: DAY, maxRetries: 100, retryDelayMs: 300_000 });
  d1 = fakeD1();
  env = {
    EVENT_QUEUE: queues.events,
    DEAD_LETTER_QUEUE: queues.dead,
    DEAD_LETTERS: d1,
    ADMIN_TOKEN,
    EVENTS: '*',
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    HUBSPOT_HUB_ID: demoCredentials.hubId,
    ALLOWED_ORIGINS: 'https://shop.example',
  };
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await hubspot.close();
});

const known = (number: number): HubSpotEvent =>
  event(number, { eventName: `pe${demoCredentials.hubId}_product_viewed`, properties: {} });

const send = (...numbers: number[]) =>
  queues.events.sendBatch(
    numbers.map((number) => ({
      body: { kind: 'event', event: known(number) },
      contentType: 'json',
    })),
  );

const pass = (ms: number) => queues.pass(ms, (batch: ReceivedBatch) => worker.queue(batch, env));

async function admin(path: string, method = 'GET') {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const request = new Request(`https://relay.example/admin/v1/${path}`, { method, headers });
  return (await worker.fetch(request, env)).json();
}

const uuids = (...numbers: number[]) => numbers.map((number) => known(number).uuid);
const arrived = () => hubspot.received().map(({ uuid }) => uuid);
const lost = () => queues.events.lost() + queues.dead.lost();

/** Something for whose length nothing can be delivered, and its end. */
const pauses: [name: string, begin: () => Promise<() => unknown>][] = [
  ['a rotated token (401)', async () => hubspot.fail({ status: 401 })],
  ['a lacking scope (403)', async () => hubspot.fail({ status: 403 })],
  ['a migration (477)', async () => hubspot.fail({ status: 477, retryAfter: 86_400 })],
  [
    'an operator',
    async () => {
      await admin('pause', 'POST');
      return () => admin('resume', 'POST');
    },
  ],
  [
    'a D1 that is down',
    async () => {
      d1.isDown = true;
      return () => {
        d1.isDown = false;
      };
    },
  ],
  [
    'a misconfigured Worker',
    async () => {
      const good = env;
      env = { ...env, HUBSPOT_ACCESS_TOKEN: '' };
      return () => {
        env = good;
      };
    },
  ],
];

describe('a pause by', () => {
  test.each(pauses)('%s of ten days loses nothing and makes no dead letter', async (_, begin) => {
    const end = await begin();
    await send(1, 2);
    await pass(9 * DAY);
    await send(3);
    await pass(DAY);
    expect(arrived()).toEqual([]);
    await end();
    expect(await admin('stats')).toMatchObject({ outbox: { pending: 3, dead: 0 } });
    // A migration is over when HubSpot said; anything else may be found over an hour late.
    await pass(12 * HOUR);
    expect(arrived().toSorted()).toEqual(uuids(1, 2, 3));
    expect(await admin('stats')).toMatchObject({ outbox: { pending: 0, dead: 0 } });
    expect(lost()).toBe(0);
  });

  test('an operator ends for everything within an hour', async () => {
    await admin('pause', 'POST');
    await send(1);
    await pass(3 * DAY);
    await admin('resume', 'POST');
    await pass(HOUR);
    expect(arrived()).toEqual(uuids(1));
  });

  test('an operator of more than two weeks makes dead letters that can be replayed', async () => {
    await admin('pause', 'POST');
    await send(1);
    const sentAt = Date.now();
    await pass(15 * DAY);
    const { items } = await admin('dead');
    expect(items).toMatchObject([{ event: known(1), reason: 'expired', firstAt: sentAt }]);
    expect(arrived()).toEqual([]);
    await admin('resume', 'POST');
    const body = JSON.stringify({ all: true });
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const url = 'https://relay.example/admin/v1/dead/replay';
    await worker.fetch(new Request(url, { method: 'POST', headers, body }), env);
    await pass(HOUR);
    expect(arrived()).toEqual(uuids(1));
    expect(lost()).toBe(0);
  });

  test('a D1 that is down keeps dead letters on their way, too', async () => {
    hubspot.fail({ poison: known(1).uuid });
    await send(1);
    await queues.pass(0, async (batch) => {
      await worker.queue(batch, env);
      d1.isDown = true;
    });
    await pass(5 * DAY);
    d1.isDown = false;
    await pass(HOUR);
    const { items } = await admin('dead');
    expect(items).toMatchObject([{ event: known(1), reason: 'refused_by_hubspot' }]);
    expect(lost()).toBe(0);
  });
});

describe('HubSpot away', () => {
  test.each([
    ['500', { status: 500 }],
    ['503 with Retry-After', { status: 503, retryAfter: 120 }],
    ['429', { status: 429 }],
    ['connection reset', { kind: 'reset' }],
  ] as const)('for 47 hours (%s) loses nothing', async (_, effect) => {
    const heal = hubspot.fail(effect);
    await send(1, 2);
    await pass(47 * HOUR);
    expect(arrived()).toEqual([]);
    heal();
    await pass(HOUR);
    expect(arrived().toSorted()).toEqual(uuids(1, 2));
    expect(await admin('stats')).toMatchObject({ outbox: { dead: 0 } });
    expect(lost()).toBe(0);
  });

  test('for longer makes dead letters that tell the whole time and every try', async () => {
    hubspot.fail({ status: 500 });
    await send(1);
    const sentAt = Date.now();
    await pass(50 * HOUR);
    const { items } = await admin('dead');
    expect(items).toMatchObject([{ event: known(1), reason: 'expired', error: { status: 500 } }]);
    expect(items[0].firstAt).toBe(sentAt);
    expect(items[0].lastAt).toBeGreaterThan(sentAt + 48 * HOUR);
    expect(items[0].attempts).toBe(hubspot.requests().length);
    expect(lost()).toBe(0);
  });

  test('for 47 hours, and then a rotated token, makes no dead letter', async () => {
    const heal = hubspot.fail({ status: 500 });
    await send(1);
    await pass(47 * HOUR);
    heal();
    const renew = hubspot.fail({ status: 401 });
    await pass(2 * DAY);
    renew();
    await pass(HOUR);
    expect(arrived()).toEqual(uuids(1));
  });

  test('after days of a pause has its 48 hours all the same', async () => {
    const renew = hubspot.fail({ status: 401 });
    await send(1);
    await pass(3 * DAY);
    renew();
    const heal = hubspot.fail({ status: 500 });
    await pass(40 * HOUR);
    heal();
    await pass(HOUR);
    expect(arrived()).toEqual(uuids(1));
    expect(lost()).toBe(0);
  });
});

test('a visitor who is forgotten in a pause is left out, however often the message was replaced', async () => {
  await admin('pause', 'POST');
  await send(1);
  await pass(2 * DAY);
  const body = JSON.stringify({ utk: known(1).utk });
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const url = 'https://relay.example/admin/v1/forget';
  await worker.fetch(new Request(url, { method: 'POST', headers, body }), env);
  await pass(2 * DAY);
  await admin('resume', 'POST');
  await send(2);
  await pass(HOUR);
  expect(arrived()).toEqual(uuids(2));
  expect(await admin('stats')).toMatchObject({ outbox: { pending: 0, dead: 0 } });
});
