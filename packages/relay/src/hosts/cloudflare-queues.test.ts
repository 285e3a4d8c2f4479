import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { beforeEach, describe, expect, test } from 'vitest';
import { event } from '../../test/support/events.ts';
import {
  type FakeD1,
  type FakeMessage,
  type FakeQueue,
  fakeD1,
  fakeMessage,
  fakeQueue,
} from '../../test/support/fake-queues.ts';
import type { Acceptor } from '../accept/acceptor.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import { silentLogger } from '../observe/log.ts';
import type { DeadLetter, DeadReason } from '../outbox/outbox.ts';
import { d1DeadLetters } from './cloudflare-queues/d1-dead-letters.ts';
import { d1Tables } from './cloudflare-queues/d1-tables.ts';
import { forgottenIn } from './cloudflare-queues/forgotten.ts';
import { queueAcceptor } from './cloudflare-queues/queue-acceptor.ts';
import { queuedWorkerRelay } from './cloudflare-queues.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ADMIN_TOKEN = 'an-admin-token-of-the-tests';
const SHOP = 'https://shop.example';
const UTK = event(0).utk;

let hubspot: RunningFakeHubSpot;
let events: FakeQueue;
let dead: FakeQueue;
let d1: FakeD1;
let env: Parameters<ReturnType<typeof queuedWorkerRelay>['queue']>[1];
const worker = queuedWorkerRelay({
  lock: { version: 1, hubId: demoCredentials.hubId, events: {} },
});

beforeEach(async () => {
  hubspot = await startFakeHubSpot();
  events = fakeQueue();
  dead = fakeQueue();
  d1 = fakeD1();
  env = {
    EVENT_QUEUE: events,
    DEAD_LETTER_QUEUE: dead,
    DEAD_LETTERS: d1,
    ADMIN_TOKEN,
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    HUBSPOT_HUB_ID: demoCredentials.hubId,
    ALLOWED_ORIGINS: SHOP,
  };
  return () => hubspot.close();
});

const known = (number: number, changes: Partial<HubSpotEvent> = {}) =>
  event(number, {
    eventName: `pe${demoCredentials.hubId}_product_viewed`,
    properties: {},
    ...changes,
  });

const messageOf = (one: HubSpotEvent, timestamp?: number, attempts?: number) =>
  fakeMessage({ kind: 'event', event: one }, timestamp, attempts);

async function consume(...messages: FakeMessage[]) {
  await worker.queue({ queue: 'hubrelay-events', messages }, env);
  return messages.map((message) => message.fate());
}

/** What the dead-letter queue holds goes to D1. */
async function consumeDead(...messages: FakeMessage[]) {
  const all = [...dead.bodies.splice(0).map((body) => fakeMessage(body)), ...messages];
  await worker.queue({ queue: 'hubrelay-dead-letters', messages: all }, env);
  return all.map((message) => message.fate());
}

async function admin(path: string, body?: unknown) {
  const request = new Request(`https://relay.example/admin/v1/${path}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return (await worker.fetch(request, env)).json();
}

const letters = async (query = '') => (await admin(`dead?${query}`)).items;
const uuidsAtHubSpot = () => hubspot.received().map(({ uuid }) => uuid);

test('what was delivered is remembered nowhere, and the answer says so', async () => {
  for (const path of ['delivered', `delivered/${crypto.randomUUID()}`]) {
    expect(await admin(path)).toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining('A Worker remembers no delivered events'),
    });
  }
  for (const path of ['tail', `history/${crypto.randomUUID()}`]) {
    expect(await admin(path)).toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining('A Worker remembers no steps of events'),
    });
  }
});

describe('an event in the queue', () => {
  test('is tried again not before HubSpot wants, and dies of no pause', async () => {
    hubspot.fail({ status: 503, retryAfter: 90, times: 1 });
    const [later] = await consume(messageOf(known(1)));
    expect((later as { retryInSeconds: number }).retryInSeconds).toBeGreaterThanOrEqual(90);

    hubspot.fail({ status: 401, times: 5 });
    expect(await consume(messageOf(known(1)))).toEqual([{ retryInSeconds: expect.any(Number) }]);
    expect(dead.bodies).toEqual([]);
  });

  test('that corrects one that HubSpot refuses in the same batch has a call of its own', async () => {
    const wrong = known(1, { properties: { hs_screen_width: 'wide' } });
    const fates = await consume(messageOf(wrong), messageOf(wrong), messageOf(known(1)));
    expect(fates).toEqual(['acknowledged', 'acknowledged', { retryInSeconds: expect.any(Number) }]);
    expect(dead.bodies).toMatchObject([{ kind: 'dead', letter: { event: wrong } }]);
    expect(await consume(messageOf(known(1)))).toEqual(['acknowledged']);
    expect(hubspot.received()).toHaveLength(1);
  });

  test('with the uuid of one of another name is delivered like that', async () => {
    const name = `pe${demoCredentials.hubId}_added_to_cart`;
    await consume(messageOf(known(1)), messageOf(known(1, { eventName: name })));
    expect(hubspot.received().map(({ eventName }) => eventName)).toContain(name);
    expect(hubspot.received()).toHaveLength(2);
  });

  test('gets a new message with its past before the queue gives up on the old one', async () => {
    hubspot.fail({ status: 500, times: 2 });
    const now = Date.now();
    const old = messageOf(known(1), now - 7 * HOUR, 12);
    const oftenTried = messageOf(known(2), now - HOUR, 50);
    expect(await consume(old, oftenTried)).toEqual(['acknowledged', 'acknowledged']);
    expect(events.bodies).toEqual([
      { kind: 'event', event: known(1), past: { since: now - 7 * HOUR, attempts: 12 } },
      { kind: 'event', event: known(2), past: { since: now - HOUR, attempts: 50 } },
    ]);
  });

  test('keeps its old message when there is no new one', async () => {
    hubspot.fail({ status: 500, times: 1 });
    const old = messageOf(known(1), Date.now() - 7 * HOUR, 12);
    const sendBatch = async () => {
      throw new Error('the queue is away');
    };
    env = { ...env, EVENT_QUEUE: { ...events, sendBatch } };
    await expect(consume(old)).rejects.toThrow('the queue is away');
    expect(old.fate()).toBeUndefined();
  });

  test('is a dead letter, expired, when it could not be delivered in 48 hours', async () => {
    // Neither comes for the first time, so each is tried alone.
    hubspot.fail({ status: 500, times: 2 });
    const young = messageOf(known(1), Date.now() - 47 * HOUR, 60);
    const old = messageOf(known(2), Date.now() - 49 * HOUR, 60);
    await consume(young, old);
    expect(events.bodies).toMatchObject([{ event: { uuid: known(1).uuid } }]);
    await consumeDead();
    expect(await letters()).toMatchObject([
      { event: { uuid: known(2).uuid }, reason: 'expired', error: { status: 500 }, attempts: 60 },
    ]);
  });

  test('that the queue itself gave up on is a dead letter, too', async () => {
    const bare = messageOf(known(1), Date.now() - DAY, 100);
    expect(await consumeDead(bare)).toEqual(['acknowledged']);
    expect(await letters()).toMatchObject([
      {
        event: known(1),
        reason: 'expired',
        attempts: 100,
        firstAt: bare.timestamp.getTime(),
        error: { message: expect.stringContaining('gave up') },
      },
    ]);
  });

  test('goes another way when no message can hold it', async () => {
    const elsewhere: HubSpotEvent[] = [];
    const oversized: Acceptor = {
      accept: async (large) => {
        elsewhere.push(...large);
        return { kind: 'sent', refused: [] };
      },
    };
    const acceptor = queueAcceptor(events, { oversized, log: silentLogger });
    const large = known(1, { properties: { note: 'ü'.repeat(64_000) } });
    expect(await acceptor.accept([large, known(2)])).toEqual({ kind: 'sent', refused: [] });
    expect(elsewhere).toEqual([large]);
    expect(events.bodies).toEqual([{ kind: 'event', event: known(2) }]);
  });
});

test('an event too large for a message is delivered at once, and in a pause kept by its sender', async () => {
  const urls = Array.from({ length: 45 }, (_, number) => [`url_${number}`, '€'.repeat(1024)]);
  const large = pageEvent(1, Object.fromEntries(urls));
  hubspot.change({ undefinedProperty: 'accept' });
  const anyEvent = queuedWorkerRelay();
  const roomy = { ...env, EVENTS: '*', MAX_BODY_BYTES: '500000' };
  const post = () => anyEvent.fetch(postOf([large]), roomy);
  await admin('pause', {});
  const refused = await post();
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'hubspot_unavailable' });
  expect(refused.headers.has('retry-after')).toBe(true);
  expect(uuidsAtHubSpot()).toEqual([]);
  await admin('resume', {});
  expect((await post()).status).toBe(204);
  expect(uuidsAtHubSpot()).toEqual([known(1).uuid]);
  expect(events.bodies).toEqual([]);
});

describe('of the 50 D1 queries that the free plan allows in an invocation', () => {
  const queriesOf = async (work: () => Promise<unknown>) => {
    const before = d1.queries;
    await work();
    return d1.queries - before;
  };
  const HUNDRED = Array.from({ length: 100 }, (_, number) => number);
  const letterOf = (number: number, reason: DeadReason): unknown => ({
    kind: 'dead',
    letter: {
      event: known(number, { properties: { note: `'"\u0000\ud800 ${'x'.repeat(2000)}` } }),
      reason,
      error: { message: 'no such event' },
      attempts: 1,
      firstAt: Date.now(),
      lastAt: Date.now(),
    },
  });

  test('a hundred dead letters take a few, also in a new isolate', async () => {
    const reasons = ['refused_by_hubspot', 'rejected_by_policy'] as const;
    const messages = HUNDRED.map((number) =>
      fakeMessage(letterOf(number, reasons[number % 2] as DeadReason)),
    );
    expect(await queriesOf(() => consumeDead(...messages))).toBeLessThan(20);
    expect(await letters('limit=500')).toHaveLength(100);
    expect((await letters(`uuids=${known(7).uuid}`))[0]).toMatchObject({
      event: { uuid: known(7).uuid, utk: UTK },
      reason: 'rejected_by_policy',
      attempts: 1,
    });
  });

  test('a hundred events take a few', async () => {
    const messages = HUNDRED.map((number) => messageOf(known(number)));
    expect(await queriesOf(() => consume(...messages))).toBeLessThan(15);
  });

  test('a replay takes less than all, of however many it is', async () => {
    for (const tens of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) {
      const numbers = HUNDRED.map((number) => tens * 100 + number);
      await consumeDead(
        ...numbers.map((number) => fakeMessage(letterOf(number, 'refused_by_hubspot'))),
      );
    }
    const counts: unknown[] = [];
    for (const _ of [1, 2, 3]) {
      const queries = await queriesOf(async () =>
        counts.push(await admin('dead/replay', { all: true })),
      );
      expect(queries).toBeLessThan(40);
    }
    expect(counts).toEqual([{ replayed: 1000 }, { replayed: 200 }, { replayed: 0 }]);
    expect(events.bodies).toHaveLength(1200);
  });

  test('/readyz takes one in some seconds, however often it is asked', async () => {
    const ready = () => worker.fetch(new Request('https://relay.example/readyz'), env);
    await ready();
    expect(
      await queriesOf(() => Promise.all(Array.from({ length: 50 }, () => ready()))),
    ).toBeLessThan(2);
  });
});

test.each([
  [null],
  ['text'],
  [{ kind: 'event' }],
  [{ kind: 'event', event: null }],
  [{ kind: 'dead', letter: null }],
  [{ kind: 'other', event: { uuid: 'a', eventName: 'b' } }],
])(
  'a message that holds no event, %j, is deleted, and keeps none other from going on',
  async (body) => {
    expect(await consume(fakeMessage(body), messageOf(known(1)))).toEqual(
      Array(2).fill('acknowledged'),
    );
    expect(uuidsAtHubSpot()).toEqual([known(1).uuid]);
    expect(await consumeDead(fakeMessage(body), messageOf(known(2)))).toEqual(
      Array(2).fill('acknowledged'),
    );
    expect(await letters()).toHaveLength(1);
  },
);

test('every event that dies is kept, though another died under its uuid', async () => {
  const eventName = `pe${demoCredentials.hubId}_order_placed`;
  const all = [
    known(1),
    known(1, { properties: { note: 'corrected, and refused again' } }),
    known(1, { eventName }),
  ];
  const bodies = all.map((one) => ({
    kind: 'dead',
    letter: {
      event: one,
      reason: 'refused_by_hubspot',
      error: {},
      attempts: 1,
      firstAt: 1,
      lastAt: 2,
    },
  }));
  await consumeDead(...bodies.map((body) => fakeMessage(body)));
  await consumeDead(...bodies.map((body) => fakeMessage(body)));
  const kept = (await letters()).map((letter: DeadLetter) => letter.event);
  expect(kept).toHaveLength(3);
  expect(kept).toEqual(expect.arrayContaining(all));
});

describe('a forgotten visitor', () => {
  test('has no event delivered that was in the queue, and every later one', async () => {
    const before = messageOf(known(1), Date.now() - HOUR);
    const ofAnother = messageOf(known(2, { utk: 'f'.repeat(32) }), Date.now() - HOUR);
    await admin('forget', { utk: UTK });
    const after = messageOf(known(3), Date.now() + HOUR);
    expect(await consume(before, ofAnother, after)).toEqual(Array(3).fill('acknowledged'));
    expect(uuidsAtHubSpot().toSorted()).toEqual([known(2).uuid, known(3).uuid]);
  });

  test('has no dead letter that was still on its way to D1', async () => {
    hubspot.fail({ poison: known(1).uuid });
    await consume(messageOf(known(1), Date.now() - HOUR));
    expect(dead.bodies).toHaveLength(1);
    await admin('forget', { utk: UTK });
    expect(await consumeDead()).toEqual(['acknowledged']);
    expect(await letters()).toEqual([]);
  });

  test.each([
    ['an e-mail address', { email: 'Ann@example.com' }, { email: 'ann@EXAMPLE.com' }],
    ['a record', { objectId: '51' }, { objectId: 51 }],
  ])('who is known to servers by %s has none either', async (_, own, named) => {
    hubspot.fail({ poison: known(1).uuid });
    await consume(messageOf(known(1, own), Date.now() - HOUR));
    await consumeDead();
    expect(await admin('forget', named)).toEqual({ forgotten: 1 });
    expect(await letters()).toEqual([]);
    const theirs = messageOf(known(2, own), Date.now() - HOUR);
    const ofAnother = messageOf(known(3), Date.now() - HOUR);
    await consume(theirs, ofAnother);
    expect(uuidsAtHubSpot()).toEqual([known(3).uuid]);
    const { results } = await env.DEAD_LETTERS.prepare('SELECT * FROM forgotten').all();
    expect(JSON.stringify(results).toLowerCase()).not.toContain('ann@example.com');
  });

  test('is not named by the list itself', async () => {
    await admin('forget', { utk: UTK });
    const { results } = await env.DEAD_LETTERS.prepare('SELECT * FROM forgotten').all();
    expect(results).toHaveLength(1);
    expect(JSON.stringify(results)).not.toContain(UTK);
  });

  test('is off the list when no queue can hold an event from before', async () => {
    await admin('forget', { utk: UTK });
    const listed = () => env.DEAD_LETTERS.prepare('SELECT at FROM forgotten').all();
    await worker.scheduled(undefined, env);
    expect((await listed()).results).toHaveLength(1);
    await env.DEAD_LETTERS.prepare('UPDATE forgotten SET at = at - ?')
      .bind(15 * DAY + 1)
      .run();
    await worker.scheduled(undefined, env);
    expect((await listed()).results).toEqual([]);
  });
});

test('dead letters are deleted after 30 days, and not before', async () => {
  const letter = (number: number, lastAt: number) => {
    const error = { message: 'no such event' };
    const times = { attempts: 1, firstAt: lastAt, lastAt };
    return fakeMessage({
      kind: 'dead',
      letter: { event: known(number), reason: 'refused_by_hubspot', error, ...times },
    });
  };
  await consumeDead(letter(1, Date.now() - 31 * DAY), letter(2, Date.now() - 29 * DAY));
  await worker.scheduled(undefined, env);
  expect(await letters()).toMatchObject([{ event: known(2) }]);
});

describe('what a stale lock refused', () => {
  test('is a dead letter that can be replayed', async () => {
    expect(await (await worker.fetch(postOf([pageEvent(1)]), env)).json()).toMatchObject({
      rejected: [{ code: 'unknown_event' }],
    });
    await consumeDead();
    expect(await letters('reason=rejected_by_policy')).toMatchObject([
      { event: { uuid: known(1).uuid, utk: UTK } },
    ]);
    expect(await admin('dead/replay', { all: true })).toEqual({ replayed: 1 });
    expect(events.bodies).toMatchObject([{ kind: 'event', event: { uuid: known(1).uuid } }]);
  });

  test('is kept up to a cap, and never takes the place of what is kept already', async () => {
    const tables = d1Tables(fakeD1());
    const forgotten = forgottenIn(tables, Date.now);
    const limits = { maxDead: 100, maxDeadBytes: 1e6 };
    const store = d1DeadLetters(tables, { queue: events, forgotten, maxRejected: 2, limits });
    const letter = (number: number, reason: DeadReason, message: string): DeadLetter => {
      return {
        event: known(number),
        reason,
        error: { message },
        attempts: 1,
        firstAt: 1,
        lastAt: 2,
      };
    };
    await store.add([letter(1, 'refused_by_hubspot', 'of HubSpot')]);
    await store.add([2, 3, 4].map((n) => letter(n, 'rejected_by_policy', 'of the policy')));
    await store.add([letter(5, 'rejected_by_policy', 'one too many')]);
    await store.purge({ uuids: [known(2).uuid] });
    await store.add([letter(1, 'rejected_by_policy', 'of the policy')]);
    const { items } = await store.listDead({ limit: 10 });
    expect(items.map(({ event: { uuid }, error }) => [uuid, error.message]).toSorted()).toEqual([
      [known(1).uuid, 'of HubSpot'],
      [known(3).uuid, 'of the policy'],
    ]);
  });

  test('is not kept when the owner says so', async () => {
    await worker.fetch(postOf([pageEvent(1)]), { ...env, KEEP_REJECTED_PERCENT: '0' });
    expect(dead.bodies).toEqual([]);
  });
});

function pageEvent(number: number, properties = {}) {
  const { uuid } = known(number);
  return { uuid, eventName: 'product_viewed', properties, occurredAt: Date.now() };
}

function postOf(wireEvents: unknown[]): Request {
  return new Request('https://relay.example/v1/events', {
    method: 'POST',
    headers: { origin: SHOP, 'content-type': 'text/plain' },
    body: JSON.stringify({ sentAt: Date.now(), utk: UTK, events: wireEvents }),
  });
}

test('an owner who asks for pending events reads why there are none to see, and what there is', async () => {
  for (const answer of [await admin('pending'), await admin('pending/bury', { all: true })]) {
    expect(answer).toMatchObject({
      status: 404,
      detail: expect.stringContaining('A Cloudflare queue cannot be read'),
    });
  }
});
