import { expect, inPage, test } from './test.ts';

test('properties that JSON cannot say are left out, and the rest of the event arrives', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.url());
  const outcome = await page.evaluate(() => {
    const properties: Record<string, unknown> = { plan: 'pro', big: 10n, call: () => 1 };
    properties.cycle = properties;
    Object.defineProperty(properties, 'trap', {
      enumerable: true,
      get() {
        throw new Error('The page’s own mistake');
      },
    });
    return window.hubrelay.track('signup', properties as never);
  });
  expect(outcome).toBe('accepted');
  const [event] = await tracked.collector.waitFor(1);
  expect(event?.properties).toMatchObject({ plan: 'pro' });
  expect(Object.keys(event?.properties ?? {}).join()).not.toMatch(/big|call|trap/);
});

test('half a character pair arrives as well-formed text', async ({ page, tracked }) => {
  await page.goto(tracked.url());
  expect(await inPage.outcome(page, 'signup', { name: 'x' })).toBe('accepted');
  const outcome = await page.evaluate(() => window.hubrelay.track('signup', { name: 'a\ud800b' }));
  expect(outcome).toBe('accepted');
  const [, event] = await tracked.collector.waitFor(2);
  expect(event?.properties?.name).toMatch(/^a.b$/u);
});

test('a property called __proto__ pollutes nothing', async ({ page, tracked }) => {
  await page.goto(tracked.url());
  const polluted = await page.evaluate(async () => {
    const properties = JSON.parse('{ "plan": "pro", "__proto__": { "polluted": "yes" } }');
    await window.hubrelay.track('signup', properties);
    return ({} as { polluted?: string }).polluted;
  });
  expect(polluted).toBeUndefined();
  const [event] = await tracked.collector.waitFor(1);
  expect(event?.properties).toMatchObject({ plan: 'pro' });
});

test('100 KB of text is too large for any request: reported, and the other events arrive', async ({
  page,
  tracked,
}) => {
  await page.goto(
    tracked.page('/drops', {
      options: '{ onDrop: (events, reason) => (window.drops ||= []).push({ reason }) }',
    }),
  );
  const outcomes = await page.evaluate(() =>
    Promise.all([
      window.hubrelay.track('small'),
      window.hubrelay.track('large', { text: 'x'.repeat(100_000) }),
      window.hubrelay.track('small'),
    ]),
  );
  expect(outcomes).toStrictEqual(['accepted', 'too_large', 'accepted']);
  expect(await page.evaluate(() => window.drops)).toStrictEqual([{ reason: 'too_large' }]);
});

test('text outside ASCII is counted in bytes: 40,000 characters of two bytes do not share a request', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  await page.goto(tracked.url());
  await page.evaluate(() => {
    for (let i = 0; i < 4; i++) window.hubrelay.track('signup', { text: 'é'.repeat(20_000) });
  });
  await collector.waitFor(4);
  expect(Math.max(...collector.requests.map(({ body }) => Buffer.byteLength(body)))).toBeLessThan(
    65_536,
  );
});

for (const [what, shiftMs] of [
  ['fast', 3_600_000],
  ['slow', -3_600_000],
] as const) {
  test(`a clock an hour ${what} is told with the event, so that the relay can correct it`, async ({
    page,
    tracked,
  }) => {
    const before = `const now = Date.now; Date.now = () => now() + ${shiftMs};`;
    await page.goto(tracked.page('/clock', { before }));
    expect(await inPage.outcome(page, 'signup')).toBe('accepted');
    const [event] = await tracked.collector.waitFor(1);
    const { sentAt } = event?.batch ?? { sentAt: 0 };
    expect(Math.abs(sentAt - Date.now() - shiftMs)).toBeLessThan(30_000);
    expect(sentAt - (event?.occurredAt ?? 0)).toBeGreaterThanOrEqual(0);
    expect(sentAt - (event?.occurredAt ?? 0)).toBeLessThan(10_000);
  });
}

test('a clock that is set back an hour in the middle delays no event', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.url());
  expect(await inPage.outcome(page, 'before')).toBe('accepted');
  await page.evaluate(() => {
    const now = Date.now;
    window.hubrelay.track('during');
    Date.now = () => now() - 3_600_000;
  });
  expect(await inPage.outcome(page, 'after')).toBe('accepted');
  await tracked.collector.waitFor(3);
});

test('a page script whose fetch throws does not lose the events of its page', async ({
  page,
  tracked,
}) => {
  const before = 'window.fetch = () => { throw new Error("blocked by the page"); };';
  await page.goto(tracked.page('/patched', { before }));
  await inPage.trackMany(page, 3);
  await inPage.flush(page);
  await page.goto(tracked.url('/next'));
  await tracked.collector.waitFor(3);
});

test('a page script that wraps fetch sees our requests, and they work', async ({
  page,
  tracked,
}) => {
  const before = `const original = window.fetch; window.seen = 0;
    window.fetch = async (...args) => { window.seen++; return (await original(...args)).clone(); };`;
  await page.goto(tracked.page('/patched', { before }));
  expect(await inPage.outcome(page, 'signup')).toBe('accepted');
  expect(await page.evaluate(() => (window as unknown as { seen: number }).seen)).toBe(1);
});

test('a page that replaced fetch after the tracker had started gets its events through, too', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.url());
  await page.evaluate(() => {
    window.fetch = () => Promise.reject(new TypeError('Failed to fetch'));
  });
  await inPage.trackMany(page, 3);
  await page.goto(tracked.url('/next'));
  await tracked.collector.waitFor(3);
});

test('a page that adds to Object.prototype keeps its storage to itself', async ({
  page,
  tracked,
}) => {
  const before = 'Object.prototype.legacy = () => "mine"; localStorage.legacy = "precious";';
  await page.goto(tracked.page('/legacy', { before }));
  expect(await inPage.outcome(page, 'signup', { plan: 'pro' })).toBe('accepted');
  expect(await page.evaluate(() => localStorage.legacy)).toBe('precious');
  const [event] = await tracked.collector.waitFor(1);
  expect(event?.properties).toMatchObject({ plan: 'pro' });
});

test('a page without HTTPS, which has no crypto.randomUUID, sends events with uuids all the same', async ({
  page,
  tracked,
}) => {
  const before = 'delete Crypto.prototype.randomUUID;';
  await page.goto(tracked.page('/plain-http', { before }));
  await inPage.trackMany(page, 3);
  const uuids = new Set((await tracked.collector.waitFor(3)).map(({ uuid }) => uuid));
  expect(uuids.size).toBe(3);
  for (const uuid of uuids)
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a sandboxed frame, which may read neither cookies nor storage, sends what has an identity', async ({
  page,
  tracked,
}) => {
  const inner = `<script>window.hubrelay = [['track', 'signup', { plan: 'pro' }]];</script>
    <script src="${tracked.collector.origin}/hubrelay.js" data-identity="a.b.c"></script>`;
  tracked.site.files['/framed'] =
    `<!doctype html><title>Framed</title><iframe sandbox="allow-scripts" srcdoc='${inner.replaceAll("'", '&#39;')}'></iframe>`;
  await page.goto(tracked.url('/framed'));
  const [event] = await tracked.collector.waitFor(1);
  expect(event?.batch.identity).toBe('a.b.c');
  expect(event?.properties).toMatchObject({ plan: 'pro' });
});
