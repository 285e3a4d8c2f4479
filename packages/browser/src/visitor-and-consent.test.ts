import type { WireEvent } from '@hubrelay/protocol';
import { expect, test } from 'vitest';
import { createWorld } from '../test/world.ts';

const MINUTE_MS = 60_000;
const names = (events: readonly WireEvent[] = []) => events.map(({ eventName }) => eventName);

test('events wait for a visitor’s token, looked for once a second at most', async () => {
  const world = await createWorld();
  world.cookie = '';
  let looks = 0;
  const page = world.open({
    visitor() {
      looks++;
      return /utk=(\w+)/.exec(world.cookie)?.[1];
    },
  });
  page.tracker.track('a');
  await world.advance(10_000);
  expect(world.requests).toHaveLength(0);
  expect(looks).toBeLessThanOrEqual(13);
  expect(Object.keys(world.storage)).toHaveLength(1);
  world.cookie = 'hubspotutk=ffffffffffffffffffffffffffffffff';
  await world.advance(2100);
  expect(world.requests[0]?.batch.utk).toBe('ffffffffffffffffffffffffffffffff');
});

test('sending fifty events reads the cookies no more often than sending one', async () => {
  const world = await createWorld();
  const page = world.open();
  let reads = 0;
  Object.defineProperty(page.globals.document, 'cookie', {
    get() {
      reads++;
      return world.cookie;
    },
  });
  const readsToSend = async (count: number) => {
    for (let i = 0; i < count; i++) page.tracker.track('a');
    reads = 0;
    await world.advance(1000);
    return reads;
  };
  await readsToSend(1); // The page's start reads, too.
  const forOne = await readsToSend(1);
  expect(forOne).toBeGreaterThan(0);
  expect(await readsToSend(50)).toBe(forOne);
});

test('__hstc stands in for a missing hubspotutk, and an identity for both', async () => {
  const world = await createWorld();
  world.cookie = '__hstc=123456.0123456789abcdef0123456789abcdef.1.2.3.4';
  const page = world.open();
  page.tracker.track('a');
  await world.advance(1000);
  expect(world.requests[0]?.batch.utk).toBe('0123456789abcdef0123456789abcdef');
  world.cookie = '';
  page.tracker.identify('a.b.c');
  page.tracker.track('b');
  await world.advance(1000);
  expect(world.requests[1]?.batch).toMatchObject({ identity: 'a.b.c' });
  expect(world.requests[1]?.batch.utk).toBeUndefined();
});

test('a visitor’s token is made where HubSpot’s script is blocked, if asked for', async () => {
  const world = await createWorld();
  world.cookie = '';
  const document = { jar: '' };
  const page = world.open({ mintVisitor: true });
  Object.defineProperty(page.globals.document, 'cookie', {
    get: () => world.cookie,
    set: (cookie: string) => {
      document.jar = cookie;
      world.cookie = cookie.split(';')[0] as string;
    },
  });
  page.tracker.track('a');
  await world.advance(2500);
  expect(world.cookie).toBe('');
  await world.advance(3000);
  expect(document.jar).toMatch(/^hubspotutk=[0-9a-f]{32};path=\/;max-age=15552000;SameSite=Lax$/);
  expect(world.accepted.size).toBe(1);
});

test('before consent nothing is stored or sent; then it goes with its own time', async () => {
  const world = await createWorld();
  const { tracker } = world.open({ consent: 'pending' });
  const at = world.now;
  tracker.track('a');
  await world.advance(MINUTE_MS);
  expect([world.requests, world.storage]).toEqual([[], {}]);
  tracker.consent('granted');
  await world.advance(1000);
  expect(world.requests[0]?.batch.events[0]?.occurredAt).toBe(at);
});

test('a withdrawal empties the outbox, other pages’ leftovers included, and says so', async () => {
  const world = await createWorld();
  world.relay = 'down';
  const first = world.open({}, ['fetchLater']);
  first.tracker.track('left');
  await world.advance(10);
  world.crash(first);
  const dropped: string[] = [];
  const { tracker } = world.open({ onDrop: (events) => dropped.push(...names(events)) });
  const outcome = tracker.track('mine');
  tracker.consent('denied');
  expect(await outcome).toBe('denied');
  expect(dropped.sort()).toEqual(['left', 'mine']);
  expect(world.storage).toEqual({});
  expect(await tracker.track('later')).toBe('denied');
});

test('HubSpot’s banner decides with consent: hubspot, and may change its mind', async () => {
  const world = await createWorld();
  const page = world.open({ consent: 'hubspot' });
  const [[command, listener]] = page.globals._hsp as [[string, (consent: object) => void]];
  expect(command).toBe('addPrivacyConsentListener');
  page.tracker.track('a');
  await world.advance(1000);
  expect(world.requests).toHaveLength(0);
  listener({ allowed: false, categories: { analytics: true } });
  await world.advance(1000);
  expect(world.accepted.size).toBe(1);
  listener({ allowed: false, categories: { analytics: false } });
  expect(await page.tracker.track('b')).toBe('denied');
});

test.each([
  ['HubSpot’s do-not-track cookie', { respectDoNotTrack: false }, () => ({})],
  [
    'Global Privacy Control',
    { respectGpc: false },
    (navigator: object) => Object.assign(navigator, { globalPrivacyControl: true }),
  ],
])('%s counts as denied, unless configured otherwise', async (signal, override, set) => {
  const world = await createWorld();
  if (signal.includes('cookie')) world.cookie += '; __hs_do_not_track=yes';
  for (const [options, outcome] of [
    [{}, 'denied'],
    [override, 'accepted'],
  ] as const) {
    const page = world.open(options);
    set(page.globals.navigator as object);
    const result = page.tracker.track('a');
    await world.advance(1000);
    expect(await result).toBe(outcome);
  }
});

test('a disabled tracker stays silent, whatever it is told', async () => {
  const world = await createWorld();
  const { tracker } = world.open();
  tracker.track('a');
  tracker.disable();
  tracker.consent('granted');
  expect(await tracker.track('b')).toBe('denied');
  await world.advance(1000);
  expect(world.requests).toHaveLength(0);
});

test.each(['consent', 'disable'] as const)(
  'what the browser was to send at the end of the page is called off by %s, also while a request runs',
  async (method) => {
    for (const waitMs of [10, 260]) {
      const world = await createWorld();
      const page = world.open();
      page.tracker.track('a');
      await world.advance(waitMs);
      page.tracker.track('b');
      await world.advance(10);
      expect(page.deferred.some(({ signal }) => !signal?.aborted)).toBe(true);
      if (method === 'consent') page.tracker.consent('denied');
      else page.tracker.disable();
      world.close(page);
      const sent = world.requests.flatMap(({ batch }) => names(batch.events));
      expect(sent).not.toContain('b');
    }
  },
);

test.each([
  ['declined', '__hs_opt_out=yes'],
  ['declined for analytics', '__hs_cookie_cat_pref=1:false,2:true,3:true'],
  ['declined for analytics', '__hs_cookie_cat_pref=1%3Afalse%2C2%3Atrue'],
  ['accepted', '__hs_opt_out=no; __hs_cookie_cat_pref=1:true,2:false'],
  ['accepted', '__hs_cookie_cat_pref=1:true,11:false,21:false'],
  ['accepted', '__hs_cookie_cat_pref=1%3Atrue%2C11%3Afalse%2C21%3Afalse'],
])('where HubSpot’s banner was %s, a token is made accordingly: %s', async (choice, cookie) => {
  const world = await createWorld();
  world.cookie = cookie;
  const page = world.open({ mintVisitor: true });
  let made = '';
  Object.defineProperty(page.globals.document, 'cookie', {
    get: () => world.cookie,
    set: (text: string) => {
      made = text;
    },
  });
  page.tracker.track('a');
  await world.advance(10_000);
  if (choice === 'accepted') expect(made).toContain('hubspotutk=');
  else expect(made).toBe('');
});

test.each([
  ['pending', { consent: 'pending' as const }, {}],
  ['refused by Global Privacy Control', {}, { globalPrivacyControl: true }],
])('no token is made while consent is %s', async (_, options, navigator) => {
  const world = await createWorld();
  world.cookie = '';
  const page = world.open({ mintVisitor: true, ...options });
  Object.assign(page.globals.navigator as object, navigator);
  let made = '';
  Object.defineProperty(page.globals.document, 'cookie', {
    get: () => '',
    set: (text: string) => {
      made = text;
    },
  });
  await world.advance(10_000);
  page.tracker.track('a');
  await world.advance(10_000);
  expect(made).toBe('');
});
