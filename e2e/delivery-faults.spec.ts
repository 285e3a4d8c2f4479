import { accept, acceptedUuids, refuse, repeatedUuids } from './collector.ts';
import { expect, inPage, test } from './test.ts';

const noFetchLater = 'Object.defineProperty(window, "fetchLater", { value: undefined });';
const noLocks =
  'Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined, configurable: true });';

test('an event is safe the moment track() returns: with fetchLater even if the page dies at once', async ({
  page,
  context,
  tracked,
}) => {
  await page.goto(tracked.url());
  await inPage.track(page, 'signup');
  const session = await context.newCDPSession(page);
  session.send('Page.crash').catch(() => {});
  await tracked.collector.waitFor(1);
});

test('without fetchLater a burst before the tab closes arrives by the next visit', async ({
  page,
  context,
  tracked,
}) => {
  await page.goto(tracked.page('/plain', { before: noFetchLater }));
  await page.evaluate(() => {
    const text = 'x'.repeat(1_500);
    for (let index = 0; index < 60; index++) window.hubrelay.track('signup', { index, text });
  });
  await page.close();
  await (await context.newPage()).goto(tracked.url('/plain'));
  await tracked.collector.waitFor(60);
});

test('without Web Locks the events of a closed tab are sent once they are half a minute old', async ({
  page,
  context,
  tracked,
}) => {
  const { collector } = tracked;
  await page.goto(tracked.page('/plain', { before: noLocks }));
  await collector.goAway();
  await inPage.trackMany(page, 3);
  await inPage.flush(page);
  await page.close();
  await collector.comeBack();
  const later = 'const now = Date.now; Date.now = () => now() + 31_000;';
  await (await context.newPage()).goto(tracked.page('/later', { before: noLocks + later }));
  await collector.waitFor(3);
});

test('without Web Locks a tab leaves alone what another tab has just tracked', async ({
  page,
  context,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = refuse(503);
  await page.goto(tracked.page('/plain', { before: noLocks }));
  await inPage.trackMany(page, 3);
  const other = await context.newPage();
  await other.goto(tracked.url('/plain'));
  await inPage.track(other, 'signup');
  collector.answer = accept;
  await collector.waitFor(4);
  for (const tab of [page, other]) expect(await inPage.outcome(tab, 'signup')).toBe('accepted');
  expect(repeatedUuids(collector.arrivals)).toStrictEqual([]);
});

test('events tracked offline are sent once when the network is back, though another tab opens', async ({
  page,
  context,
  tracked,
}) => {
  const { collector } = tracked;
  await page.goto(tracked.url());
  await context.setOffline(true);
  await inPage.trackMany(page, 3);
  await inPage.flush(page);
  expect(await inPage.stored(page)).toHaveLength(3);
  expect(collector.requests).toStrictEqual([]);
  await context.setOffline(false);
  const other = await context.newPage();
  await other.goto(tracked.url('/next'));
  await collector.waitFor(3);
  for (const tab of [page, other]) expect(await inPage.outcome(tab, 'signup')).toBe('accepted');
  expect(repeatedUuids(collector.arrivals)).toStrictEqual([]);
});

test('the network coming back is enough: no call is needed', async ({ page, context, tracked }) => {
  await page.clock.install();
  await page.goto(tracked.url());
  await context.setOffline(true);
  await inPage.track(page, 'signup');
  await inPage.flush(page);
  // The page's clock stands still from here: no timer can be what sends it.
  await page.clock.pauseAt(Date.now() + 60_000);
  await inPage.flush(page);
  await context.setOffline(false);
  await tracked.collector.waitFor(1);
});

test('a relay that is down costs a page at most ten requests in ten minutes, and gets all when it is up', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = refuse(503);
  await page.clock.install();
  await page.goto(tracked.url());
  await inPage.trackMany(page, 3);
  // Time passes between requests only: an answer that came minutes late on the page's clock would move its next try.
  const pass = async (ms: number) => {
    await page.clock.runFor(ms);
    await inPage.flush(page);
  };
  for (let seconds = 0; seconds < 600; seconds += 5) {
    await pass(5_000);
    if (seconds % 60 === 0) await inPage.track(page, 'signup');
  }
  expect(collector.requests.length).toBeGreaterThan(2);
  expect(collector.requests.length).toBeLessThanOrEqual(10);
  collector.answer = accept;
  for (let minutes = 0; minutes < 10; minutes++) await pass(60_000);
  await collector.waitFor(13);
});

test('there is at most one request of a tab on its way', async ({ page, tracked }) => {
  const { collector } = tracked;
  await page.goto(tracked.url());
  for (let round = 0; round < 10; round++) {
    await inPage.trackMany(page, 60);
    void inPage.flush(page);
  }
  await collector.waitFor(600);
  expect(Math.max(...collector.requests.map(({ open }) => open))).toBe(1);
});

test('500 events of one task arrive, in batches of at most 50', async ({ page, tracked }) => {
  const { collector } = tracked;
  await page.goto(tracked.url());
  await inPage.trackMany(page, 500);
  await collector.waitFor(500);
  expect(await inPage.outcome(page, 'last')).toBe('accepted');
  expect(acceptedUuids(collector.arrivals).size).toBe(501);
  expect(repeatedUuids(collector.arrivals)).toStrictEqual([]);
  const sizes = collector.requests.map(({ body }) => JSON.parse(body).events.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
  expect(collector.requests.length).toBeLessThanOrEqual(11);
});

test('two tabs at once send each event once', async ({ page, context, tracked }) => {
  const { collector } = tracked;
  const other = await context.newPage();
  await Promise.all([page.goto(tracked.url()), other.goto(tracked.url('/next'))]);
  for (let round = 0; round < 5; round++) {
    await Promise.all([inPage.trackMany(page, 10), inPage.trackMany(other, 10)]);
  }
  await collector.waitFor(100);
  for (const tab of [page, other]) expect(await inPage.outcome(tab, 'signup')).toBe('accepted');
  expect(repeatedUuids(collector.arrivals)).toStrictEqual([]);
});

test('a tab that copies the session storage of its opener has an outbox of its own', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = refuse(503);
  await page.goto(tracked.url());
  await inPage.trackMany(page, 3);
  const copied = page.waitForEvent('popup');
  await page.evaluate(() => void window.open('/next'));
  const copy = await copied;
  await copy.waitForFunction(() => 'track' in window.hubrelay);
  await inPage.trackMany(copy, 3);
  collector.answer = accept;
  await collector.waitFor(6);
  for (const tab of [page, copy]) expect(await inPage.outcome(tab, 'signup')).toBe('accepted');
  expect(repeatedUuids(collector.arrivals)).toStrictEqual([]);
});

test('requests are simple: POST, text/plain, no preflight, no cookies to another site', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  await page.goto(tracked.url());
  expect(await inPage.outcome(page, 'signup', { plan: 'pro' })).toBe('accepted');
  expect(collector.requests.map(({ method }) => method)).toStrictEqual(['POST']);
  const [request] = collector.requests;
  expect(request?.headers['content-type']).toMatch(/^text\/plain/);
  expect(request?.headers.cookie).toBeUndefined();
});
