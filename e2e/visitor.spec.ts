import { expect, inPage, type Page, test } from './test.ts';
import { utk } from './tracked-site.ts';

/** The page's time passes in `page.clock.runFor` alone, however slow the machine is. */
async function stopClock({ clock }: Page): Promise<void> {
  await clock.install();
  await clock.pauseAt(Date.now() + 60_000);
}

const setCookie = (value: string) => `document.cookie = 'hubspotutk=${value}; path=/';`;

test('events wait, visibly, for HubSpot’s cookie, and go within two seconds of it', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  await stopClock(page);
  await page.goto(tracked.page('/new', { utk: null }));
  await inPage.trackMany(page, 3);
  await inPage.flush(page);
  expect(collector.requests).toStrictEqual([]);
  expect(await inPage.stored(page)).toHaveLength(3);
  await page.evaluate(setCookie(utk));
  await page.clock.runFor(2_000);
  const [event] = await collector.waitFor(3);
  expect(event?.batch.utk).toBe(utk);
});

test('where HubSpot’s script is blocked the relay hears how many events wait, once, and nothing about the visitor', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  await stopClock(page);
  await page.goto(tracked.page('/new', { utk: null }));
  await inPage.trackMany(page, 100);
  await page.clock.runFor(30_000);
  await collector.waitUntil(() => collector.reports.length > 0, 'a report');
  await page.clock.runFor(60_000);
  expect(collector.reports).toHaveLength(1);
  expect(JSON.parse(collector.reports[0]?.body ?? '')).toStrictEqual({
    report: { hubspotutk: 100 },
    ageMs: expect.any(Number),
  });
  expect(collector.reports[0]?.headers.cookie).toBeUndefined();
  expect(collector.requests).toStrictEqual([]);
});

test('events held when the page is left go from the next page, with the visitor known there', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.page('/new', { utk: null }));
  await inPage.trackMany(page, 3);
  await page.goto(tracked.url('/other'));
  expect(tracked.collector.requests).toStrictEqual([]);
  await page.goto(tracked.url());
  const [event] = await tracked.collector.waitFor(3);
  expect(event?.batch.utk).toBe(utk);
});

test('while it waits it looks at the cookie no more than once a second', async ({
  page,
  tracked,
}) => {
  const before = `const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
    window.reads = [];
    Object.defineProperty(document, 'cookie', {
      get() { window.reads.push(Math.round(performance.now())); return cookie.get.call(document); },
      set(value) { cookie.set.call(document, value); } });`;
  await stopClock(page);
  await page.goto(tracked.page('/new', { before, utk: null }));
  await inPage.trackMany(page, 3);
  await page.clock.runFor(2_000);
  const moments = await page.evaluate(async () => {
    const { reads } = window as unknown as { reads: number[] };
    reads.length = 0;
    return reads;
  });
  expect(moments).toStrictEqual([]);
  await page.clock.runFor(20_000);
  const reads = await page.evaluate(() => (window as unknown as { reads: number[] }).reads);
  const looks = new Set(reads);
  expect(looks.size).toBeGreaterThan(5);
  expect(looks.size).toBeLessThanOrEqual(21);
});

test('the visitor is read for each request, never remembered', async ({ page, tracked }) => {
  const other = 'f'.repeat(32);
  await page.goto(tracked.url());
  expect(await inPage.outcome(page, 'first')).toBe('accepted');
  await page.evaluate(setCookie(other));
  expect(await inPage.outcome(page, 'second')).toBe('accepted');
  expect(tracked.collector.arrivals.map(({ batch }) => batch.utk)).toStrictEqual([utk, other]);
});

test('where hubspotutk is gone, the second field of __hstc says the same', async ({
  page,
  tracked,
}) => {
  const before = `document.cookie = '__hstc=12345.${utk}.1700000000000.1700000000000.1700000000000.1; path=/';`;
  await page.goto(tracked.page('/hstc', { before, utk: null }));
  expect(await inPage.outcome(page, 'signup')).toBe('accepted');
  expect(tracked.collector.arrivals[0]?.batch.utk).toBe(utk);
});

test('a cookie that is no visitor’s token is not sent', async ({ page, tracked }) => {
  await page.goto(tracked.page('/odd', { utk: 'not-a-token' }));
  await inPage.track(page, 'signup');
  await inPage.flush(page);
  expect(tracked.collector.requests).toStrictEqual([]);
});

test('to another origin of the same site a beacon brings the visitor’s cookie, and fetch does not', async ({
  page,
  tracked: { collector, url },
}) => {
  // Sites do not differ by port, so this is to the page what events.example.com is to www.example.com.
  const relay = collector.origin.replace('127.0.0.1', 'localhost');
  await page.goto(url());
  await page.evaluate(async (to) => {
    await fetch(`${to}/fetch`, { method: 'POST', body: '' });
    navigator.sendBeacon(`${to}/beacon`, '');
  }, relay);
  await collector.waitUntil(() => collector.requests.length > 1, 'both requests');
  const cookies = collector.requests.map(({ url, headers }) => [url, headers.cookie]);
  expect(cookies).toStrictEqual([
    ['/fetch', undefined],
    ['/beacon', `hubspotutk=${utk}`],
  ]);
});

test('an identity takes the place of the cookie, and goes in the body', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.page('/new', { utk: null }));
  await inPage.track(page, 'signup');
  await inPage.flush(page);
  expect(tracked.collector.requests).toStrictEqual([]);
  await page.evaluate(() => window.hubrelay.identify('header.payload.signature'));
  const [event] = await tracked.collector.waitFor(1);
  expect(event?.batch.identity).toBe('header.payload.signature');
  expect(event?.batch.utk).toBeUndefined();
});

test('without mintVisitor no cookie is made', async ({ page, context, tracked }) => {
  await page.clock.install();
  await page.goto(tracked.page('/new', { utk: null }));
  await inPage.track(page, 'signup');
  await page.clock.runFor(30_000);
  await inPage.flush(page);
  expect(await context.cookies()).toStrictEqual([]);
  expect(tracked.collector.requests).toStrictEqual([]);
});

test('with mintVisitor a cookie in HubSpot’s format is made, but only where HubSpot makes none', async ({
  page,
  context,
  tracked,
}) => {
  await stopClock(page);
  await page.goto(tracked.page('/mint', { utk: null, attributes: 'data-mint-visitor' }));
  await inPage.track(page, 'signup');
  await page.clock.runFor(2_000);
  expect(await context.cookies()).toStrictEqual([]);
  await page.clock.runFor(5_000);
  const [event] = await tracked.collector.waitFor(1);
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ name: 'hubspotutk', sameSite: 'Lax', path: '/' });
  expect(cookie?.value).toMatch(/^[0-9a-f]{32}$/);
  expect(event?.batch.utk).toBe(cookie?.value);
  const days = ((cookie?.expires ?? 0) * 1_000 - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(179);
  expect(days).toBeLessThan(181);

  await page.goto(tracked.page('/mint-again', { utk: null, attributes: 'data-mint-visitor' }));
  await inPage.track(page, 'again');
  await page.clock.runFor(5_000);
  await tracked.collector.waitFor(2);
  expect((await context.cookies())[0]?.value).toBe(cookie?.value);
});
