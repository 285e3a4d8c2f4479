import type { WireEvent } from '@hubrelay/protocol';
import { expect, test } from 'vitest';
import { createWorld } from '../test/world.ts';

const MINUTE_MS = 60_000;
const names = (events: readonly WireEvent[] = []) => events.map(({ eventName }) => eventName);

test('events of a quarter of a second travel together, in order', async () => {
  const world = await createWorld();
  const { tracker } = world.open();
  tracker.track('a');
  await world.advance(100);
  tracker.track('b', { plan: 'pro' });
  await world.advance(1000);
  expect(world.requests).toHaveLength(1);
  const { batch, init } = world.requests[0] ?? {};
  expect(names(batch?.events)).toEqual(['a', 'b']);
  expect(batch?.utk).toBe('0123456789abcdef0123456789abcdef');
  expect(batch?.events[1]?.properties).toEqual({ plan: 'pro' });
  expect(init).toMatchObject({ method: 'POST', keepalive: true, credentials: 'omit' });
  expect(world.storage).toEqual({});
});

test('the promise of track tells what became of the event', async () => {
  const world = await createWorld();
  world.answer = () =>
    JSON.stringify({ accepted: 1, rejected: [{ index: 1, code: 'unknown_event', message: 'no' }] });
  const dropped: unknown[] = [];
  const { tracker } = world.open({
    onDrop: (events, reason, detail) => dropped.push([names(events), reason, detail]),
  });
  const outcomes = [tracker.track('a'), tracker.track('b')];
  await world.advance(1000);
  expect(await Promise.all(outcomes)).toEqual(['accepted', 'rejected']);
  expect(dropped).toEqual([[['b'], 'rejected', 'no']]);
});

test('500 events of one task go out in tens of requests, one at a time, each event once', async () => {
  const world = await createWorld();
  const page = world.open();
  for (let i = 0; i < 500; i++) page.tracker.track('a', { i });
  await world.advance(5000);
  expect(world.accepted.size).toBe(500);
  expect([...world.accepted.values()].every((times) => times === 1)).toBe(true);
  expect(world.requests).toHaveLength(10);
  expect(page.mostInFlight).toBe(1);
});

test('a request stays within 60,000 bytes, counted as UTF-8', async () => {
  const world = await createWorld();
  const { tracker } = world.open();
  for (let i = 0; i < 20; i++) tracker.track('a', { text: 'é'.repeat(5000) });
  await world.advance(5000);
  expect(world.accepted.size).toBe(20);
  for (const { init } of world.requests)
    expect(Buffer.byteLength(String(init.body))).toBeLessThanOrEqual(60_000);
});

test('a relay that is down costs a page at most ten requests in ten minutes, however unlucky', async () => {
  const world = await createWorld();
  world.random = () => 0;
  world.relay = 'down';
  const page = world.open();
  for (let minute = 0; minute < 10; minute++) {
    page.tracker.track('a');
    page.dispatch('visibilitychange');
    await world.advance(MINUTE_MS);
  }
  expect(world.requests.length).toBeLessThanOrEqual(10);
  world.relay = 'up';
  await world.advance(10 * MINUTE_MS);
  expect(world.accepted.size).toBe(10);
});

test.each([
  ['seconds', () => '30'],
  ['a date', (now: number) => new Date(now + 30_000).toUTCString()],
])('Retry-After in %s is waited out, also when the network comes back', async (_, header) => {
  const world = await createWorld();
  world.relay = 429;
  world.retryAfter = header(world.now);
  const page = world.open();
  page.tracker.track('a');
  await world.advance(1000);
  world.relay = 'up';
  page.dispatch('online');
  page.dispatch('visibilitychange');
  await page.tracker.flush();
  await world.advance(28_000);
  expect(world.requests).toHaveLength(1);
  await world.advance(5000);
  expect(world.accepted.size).toBe(1);
});

test('the network coming back ends a pause that the relay did not ask for', async () => {
  const world = await createWorld();
  world.random = () => 1;
  world.relay = 'down';
  const page = world.open();
  page.tracker.track('a');
  await world.advance(20_000);
  world.relay = 'up';
  page.dispatch('online');
  await world.advance(LATENCY_AND_ANSWER_MS);
  expect(world.accepted.size).toBe(1);
});
const LATENCY_AND_ANSWER_MS = 50;

test('what failed with keepalive is tried once without', async () => {
  const world = await createWorld();
  world.relay = 'down';
  const { tracker } = world.open();
  tracker.track('a');
  await world.advance(MINUTE_MS);
  expect(world.requests.slice(0, 2).map(({ init }) => init.keepalive)).toEqual([true, false]);
});

test('a 413 halves the batch until it fits, and a single event that never does is dropped', async () => {
  const world = await createWorld();
  world.relay = 413;
  const reasons: string[] = [];
  const { tracker } = world.open({ onDrop: (_, reason) => reasons.push(reason) });
  for (const name of ['a', 'b', 'c', 'd']) tracker.track(name);
  await world.advance(5000);
  expect(world.requests.slice(0, 3).map(({ batch }) => batch.events.length)).toEqual([4, 2, 1]);
  expect(reasons).toEqual(Array(4).fill('too_large'));
});

test.each([401, 403, 422])(
  'the relay’s %i drops the batch: the same again gets the same answer',
  async (status) => {
    const world = await createWorld();
    world.relay = status;
    const { tracker } = world.open();
    const outcome = tracker.track('a');
    await world.advance(1000);
    expect(await outcome).toBe('rejected');
    expect(world.storage).toEqual({});
  },
);

/** An event outlives answers like this, and arrives when the relay is itself again. */
async function expectKeptUntilUp(answers: object): Promise<void> {
  const world = await createWorld();
  Object.assign(world, answers);
  const { tracker } = world.open();
  const outcome = tracker.track('a');
  await world.advance(MINUTE_MS);
  expect(Object.keys(world.storage)).toHaveLength(1);
  world.relay = 'up';
  await world.advance(10 * MINUTE_MS);
  expect(await outcome).toBe('accepted');
}

test.each([
  [400, 'invalid_json'],
  [400, 'invalid_request'],
  [415, 'unsupported_media_type'],
])(
  'a %i (%s) means that something on the way changed the request: the event is kept',
  async (status, code) => {
    await expectKeptUntilUp({ relay: status, code });
  },
);

test.each([404, 405, 408, 425, 429, 431, 500, 502, 503, 520] as const)(
  'after the relay’s %i the same uuid is sent again',
  async (status) => {
    const world = await createWorld();
    world.relay = status;
    const { tracker } = world.open();
    tracker.track('a');
    await world.advance(1000);
    world.relay = 'up';
    await world.advance(MINUTE_MS);
    expect(world.accepted.get(world.requests[0]?.batch.events[0]?.uuid as string)).toBe(1);
  },
);

test.each([400, 401, 403, 404, 413, 414, 415, 422, 431] as const)(
  'a %i of a proxy before the relay ends no event',
  async (status) => {
    const world = await createWorld();
    world.relay = `proxy ${status}`;
    const { tracker } = world.open();
    const outcomes = [tracker.track('a'), tracker.track('b')];
    await world.advance(5 * MINUTE_MS);
    expect(Object.keys(world.storage)).toHaveLength(2);
    world.relay = 'up';
    await world.advance(10 * MINUTE_MS);
    expect(await Promise.all(outcomes)).toEqual(['accepted', 'accepted']);
  },
);

test.each([
  { type: 'https://gateway.example/denied', code: 'WAF-1', detail: 'No.' },
  { rejected: [], reason: 'waf' },
])('a gateway’s own document in the form of the relay’s ends no event: %j', async (document) => {
  await expectKeptUntilUp({ relay: 'proxy 403', proxyBody: JSON.stringify(document) });
});

test.each([
  '<h1>Please sign in to the hotel’s network</h1>',
  '{"status":"ok"}',
  '{}',
  'null',
  '[]',
  ' ',
  '{"accepted":true}',
])('a 200 that is not the relay’s own proves nothing: %s', async (answer) => {
  const world = await createWorld();
  world.answer = () => answer;
  const { tracker } = world.open();
  const outcome = tracker.track('a');
  await world.advance(1000);
  expect(Object.keys(world.storage)).toHaveLength(1);
  world.answer = () => '';
  await world.advance(10 * MINUTE_MS);
  expect(await outcome).toBe('accepted');
});

test('an empty 200, such as a service worker’s `new Response()`, proves nothing', async () => {
  const world = await createWorld();
  world.emptyStatus = 200;
  const { tracker } = world.open();
  const outcome = tracker.track('a');
  await world.advance(1000);
  expect(Object.keys(world.storage)).toHaveLength(1);
  world.emptyStatus = 204;
  await world.advance(10 * MINUTE_MS);
  expect(await outcome).toBe('accepted');
});

test('what the relay has answered for is not sent again by the browser at the end of the page', async () => {
  const world = await createWorld();
  const page = world.open();
  page.tracker.track('a');
  await world.advance(1000);
  world.close(page);
  expect([...world.accepted.values()]).toEqual([1]);
});

test('one event that is too large beside its owner’s identity is dropped, and holds up no other', async () => {
  const world = await createWorld();
  const { tracker } = world.open({ identity: `a.${'x'.repeat(500)}.c` });
  const outcomes = [tracker.track('big', { text: 'x'.repeat(59_780) }), tracker.track('small')];
  await world.advance(5000);
  expect(await Promise.all(outcomes)).toEqual(['too_large', 'accepted']);
});

test('a request that fails after the network came back is made again at once', async () => {
  const world = await createWorld();
  world.random = () => 1;
  world.relay = 'down';
  const page = world.open();
  page.tracker.track('a');
  await world.advance(260);
  page.dispatch('online');
  world.relay = 'down';
  await world.advance(30);
  world.relay = 'up';
  await world.advance(2 * LATENCY_AND_ANSWER_MS);
  expect(world.accepted.size).toBe(1);
});

test('a storage that is cleared while a page lives takes no event from it', async () => {
  const world = await createWorld();
  const { tracker } = world.open();
  const outcome = tracker.track('a');
  for (const key of Object.keys(world.storage)) delete world.storage[key];
  await world.advance(1000);
  expect(await outcome).toBe('accepted');
});

test('events tracked after the page’s last moment are sent in it, too', async () => {
  const world = await createWorld();
  const page = world.open({}, ['fetchLater']);
  page.tracker.track('a');
  page.dispatch('pagehide', { persisted: false });
  page.tracker.track('b');
  await new Promise((resolve) => setImmediate(resolve));
  world.crash(page);
  await world.advance(1000);
  expect([...world.accepted.values()]).toEqual([1, 1]);
});

test('events tracked in a hidden page are not held back for others', async () => {
  const world = await createWorld();
  const page = world.open({}, ['fetchLater']);
  Object.assign(page.globals.document as object, { hidden: true });
  page.tracker.track('a');
  await new Promise((resolve) => setImmediate(resolve));
  expect(page.inFlight).toBe(1);
});

test('a try without keepalive, which the end of the page aborts, is made again at the end', async () => {
  const world = await createWorld();
  world.random = () => 0;
  world.relay = 'down';
  const page = world.open({}, ['fetchLater', 'sendBeacon']);
  page.tracker.track('a');
  while (page.inFlight === 0 || world.requests.length === 0) await world.advance(10);
  world.relay = 'up';
  world.close(page);
  await world.advance(1000);
  expect(world.requests.at(-1)?.init.keepalive).toBe(true);
  expect(world.accepted.size).toBe(1);
});

test.each([
  ['back by a day', -86_400_000],
  ['back by 40 days', -40 * 86_400_000],
  ['ahead by 8 days', 8 * 86_400_000],
])('a clock that is set %s drops nothing, and delays nothing', async (_, ms) => {
  const world = await createWorld();
  world.relay = 503;
  const { tracker } = world.open();
  const outcome = tracker.track('a');
  await world.advance(300);
  world.setClock(ms);
  await world.advance(20_000);
  expect(world.requests.length).toBeLessThanOrEqual(10);
  world.relay = 'up';
  await world.advance(5 * MINUTE_MS);
  expect(await outcome).toBe('accepted');
});

test('a page holds a lock only while events wait', async () => {
  const world = await createWorld();
  const { tracker } = world.open();
  await world.advance(7000);
  expect(world.locks.size).toBe(0);
  world.relay = 503;
  tracker.track('a');
  await world.advance(1000);
  expect(world.locks.size).toBeGreaterThan(0);
  world.relay = 'up';
  await world.advance(10 * MINUTE_MS);
  expect(world.accepted.size).toBe(1);
  expect(world.locks.size).toBe(0);
});

test('a page that lives adopts what another has left meanwhile when it is looked at', async () => {
  const world = await createWorld();
  const living = world.open();
  await world.advance(10_000);
  world.relay = 'down';
  const other = world.open({}, ['fetchLater']);
  other.tracker.track('left');
  await world.advance(10);
  world.crash(other);
  world.relay = 'up';
  living.dispatch('visibilitychange');
  await world.advance(1000);
  expect(world.accepted.size).toBe(1);
});

test('where Web Locks never answer, age tells what was left behind', async () => {
  const world = await createWorld();
  world.relay = 'down';
  const first = world.open({}, ['fetchLater']);
  first.tracker.track('a');
  await world.advance(10);
  world.crash(first);
  world.relay = 'up';
  world.now += MINUTE_MS;
  world.locksAnswer = false;
  world.open();
  await world.advance(5000);
  expect(world.accepted.size).toBe(0);
  await world.advance(3000);
  expect(world.accepted.size).toBe(1);
});

test('the next page sends what a crashed one left; a living tab’s events are its own', async () => {
  const world = await createWorld();
  world.relay = 'down';
  const first = world.open({}, ['fetchLater']);
  const second = world.open();
  first.tracker.track('left');
  second.tracker.track('kept');
  await world.advance(10);
  world.crash(first);
  world.relay = 'up';
  const third = world.open();
  await world.advance(1000);
  expect([...world.accepted.values()]).toEqual([1, 1]);
  expect(third.mostInFlight).toBe(1);
});

test('without Web Locks, age tells what was left behind', async () => {
  const world = await createWorld();
  world.relay = 'down';
  const first = world.open({}, ['locks', 'fetchLater']);
  first.tracker.track('a');
  await world.advance(10);
  world.crash(first);
  world.relay = 'up';
  const second = world.open({}, ['locks']);
  await world.advance(5000);
  expect(world.accepted.size).toBe(0);
  await world.advance(MINUTE_MS);
  second.dispatch('visibilitychange');
  await world.advance(1000);
  expect(world.accepted.size).toBe(1);
});

test('a page that ends sends everything at once, by the quota of each way', async () => {
  const world = await createWorld();
  const page = world.open();
  for (let i = 0; i < 100; i++) page.tracker.track('a', { text: 'x'.repeat(1500) });
  world.close(page);
  await world.advance(1000);
  expect(world.accepted.size).toBe(100);
});

test('a page back from the back/forward cache goes on, and forgets what another has sent', async () => {
  const world = await createWorld();
  world.relay = 'down';
  const page = world.open({}, ['fetchLater', 'sendBeacon']);
  page.tracker.track('a');
  await world.advance(10);
  world.hide(page);
  world.relay = 'up';
  world.open();
  await world.advance(1000);
  world.show(page);
  page.tracker.track('b');
  await world.advance(MINUTE_MS);
  expect(world.accepted.size).toBe(2);
  expect(world.storage).toEqual({});
});

test('no property can break the event or the page', async () => {
  const world = await createWorld();
  const { tracker } = world.open();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const nasty = {
    good: 1,
    get bad() {
      throw new Error('getter');
    },
    cycle,
    big: 1n,
    lone: '\ud800',
    nothing: undefined,
    ...JSON.parse('{"__proto__":{"polluted":true}}'),
  };
  tracker.track('a', nasty as never);
  tracker.track(
    'b',
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('proxy');
        },
      },
    ) as never,
  );
  await world.advance(1000);
  const [a, b] = world.requests[0]?.batch.events ?? [];
  expect(a?.properties).toEqual({ good: 1, lone: '\ud800' });
  expect(b?.properties).toEqual({});
});

test('beforeSend changes an event or drops it; one that fails drops it', async () => {
  const world = await createWorld();
  const { tracker } = world.open({
    properties: [{ site: 'shop', plan: 'free' }, () => ({ at: 'now' })],
    beforeSend(event) {
      if (event.eventName === 'bug') throw new Error('bug');
      return event.eventName === 'no' ? null : { ...event, uuid: 'x', eventName: 'changed' };
    },
  });
  const outcomes = [
    tracker.track('yes', { plan: 'pro' }),
    tracker.track('no'),
    tracker.track('bug'),
  ];
  await world.advance(1000);
  expect(await Promise.all(outcomes)).toEqual(['accepted', 'before_send', 'before_send']);
  const [event] = world.requests[0]?.batch.events ?? [];
  expect(event).toMatchObject({
    eventName: 'changed',
    properties: { site: 'shop', at: 'now', plan: 'pro' },
  });
  expect(event?.uuid).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test('a page that replaced fetch by one that throws loses nothing', async () => {
  const world = await createWorld();
  const page = world.open();
  const { fetch } = page.globals;
  page.globals.fetch = () => {
    throw new Error('patched');
  };
  page.tracker.track('a');
  await world.advance(1000);
  page.globals.fetch = fetch;
  await world.advance(MINUTE_MS);
  expect(world.accepted.size).toBe(1);
});

test('_hsq events go through the tracker, whichever script comes first, and every other command to HubSpot', async () => {
  const world = await createWorld();
  const page = world.open({ captureHsq: true });
  const queue = page.globals._hsq as unknown[];
  queue.push(
    ['trackCustomBehavioralEvent', { name: 'before', properties: { a: 1 } }],
    ['trackPageView'],
  );
  // What HubSpot's script does when it loads.
  const theirs: unknown[] = [];
  while (queue.length) theirs.push(queue.shift());
  queue.push = (...commands) => theirs.push(...commands);
  queue.push(['trackCustomBehavioralEvent', { name: 'after' }], ['identify', {}]);
  await world.advance(1000);
  expect(names(world.requests[0]?.batch.events)).toEqual(['before', 'after']);
  expect(theirs).toEqual([['trackPageView'], ['identify', {}]]);
});

test('two trackers of different names keep apart', async () => {
  const world = await createWorld();
  world.relay = 'down';
  const page = world.open({ name: 'other' }, ['fetchLater']);
  page.tracker.track('a');
  await world.advance(10);
  world.crash(page);
  world.relay = 'up';
  world.open();
  await world.advance(MINUTE_MS);
  expect(world.accepted.size).toBe(0);
  world.open({ name: 'other' });
  await world.advance(1000);
  expect(world.accepted.size).toBe(1);
});

test('in a worker, which has no document, storage or cookies, it sends from memory', async () => {
  const world = await createWorld();
  const page = world.open({ visitor: () => 'f'.repeat(32) }, [
    'document',
    'localStorage',
    'fetchLater',
  ]);
  page.tracker.track('a');
  await world.advance(1000);
  expect(world.requests[0]?.batch.utk).toBe('f'.repeat(32));
  expect(world.storage).toEqual({});
});

test('an event that a firewall always refuses holds up no other for ever, and goes when it is let through', async () => {
  const world = await createWorld();
  world.refuses = ({ events }) => events.some(({ eventName }) => eventName === 'poison');
  const { tracker } = world.open();
  for (let i = 0; i < 20; i++) tracker.track(i === 3 ? 'poison' : 'good');
  await world.advance(10 * MINUTE_MS);
  expect(world.accepted.size).toBe(19);
  const later = tracker.track('later');
  await world.advance(20 * MINUTE_MS);
  expect(await later).toBe('accepted');
  world.refuses = () => false;
  await world.advance(10 * MINUTE_MS);
  expect(world.accepted.size).toBe(21);
  expect([...world.accepted.values()].every((times) => times === 1)).toBe(true);
});
