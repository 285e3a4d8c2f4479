import { type Collector, refuse } from './collector.ts';
import { expect, inPage, test } from './test.ts';

/** Of all that came in. */
const names = ({ arrivals }: Collector) => arrivals.map(({ eventName }) => eventName);

test('while consent is pending nothing is stored or sent; once given, all goes with its own time', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  await page.clock.install();
  await page.goto(tracked.page('/pending', { attributes: 'data-consent="pending"' }));
  await inPage.trackMany(page, 3);
  const trackedBy = await page.evaluate(() => Date.now());
  await page.clock.runFor(60_000);
  await inPage.flush(page);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  expect(collector.requests).toStrictEqual([]);

  await page.evaluate(() => window.hubrelay.consent('granted'));
  await page.clock.runFor(1_000);
  const arrived = await collector.waitFor(3);
  for (const { occurredAt, batch } of arrived) {
    expect(occurredAt).toBeLessThanOrEqual(trackedBy);
    expect(batch.sentAt - occurredAt).toBeGreaterThanOrEqual(60_000);
  }
});

test('leaving the page while consent is pending sends and keeps nothing', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  await page.goto(tracked.page('/pending', { attributes: 'data-consent="pending"' }));
  await inPage.trackMany(page, 3);
  await page.goto(tracked.url());
  expect(await inPage.outcome(page, 'granted_here')).toBe('accepted');
  expect(names(collector)).toStrictEqual(['granted_here']);
});

test('denied means: nothing stored, nothing sent, and it is said', async ({ page, tracked }) => {
  const { collector } = tracked;
  await page.goto(tracked.page('/denied', { attributes: 'data-consent="denied"' }));
  expect(await inPage.outcome(page, 'signup')).toBe('denied');
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await page.goto(tracked.url());
  expect(await inPage.outcome(page, 'granted_here')).toBe('accepted');
  expect(names(collector)).toStrictEqual(['granted_here']);
});

test('events that waited for consent are dropped when it is refused', async ({ page, tracked }) => {
  const { collector } = tracked;
  await page.goto(tracked.page('/pending', { attributes: 'data-consent="pending"' }));
  const outcome = await page.evaluate(() => {
    const promise = window.hubrelay.track('signup');
    window.hubrelay.consent('denied');
    return promise;
  });
  expect(outcome).toBe('denied');
  await page.evaluate(() => window.hubrelay.consent('granted'));
  expect(await inPage.outcome(page, 'consented_later')).toBe('accepted');
  expect(names(collector)).toStrictEqual(['consented_later']);
});

test('a withdrawal empties the outbox, what other pages have left included', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = refuse(503);
  await page.goto(tracked.url());
  await inPage.trackMany(page, 3);
  await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
  await page.goto(tracked.url('/next'));
  await inPage.trackMany(page, 3);
  expect(await inPage.stored(page)).toHaveLength(6);
  await page.evaluate(() => window.hubrelay.consent('denied'));
  expect(await inPage.stored(page)).toStrictEqual([]);

  // A request may have been on its way when the visitor withdrew.
  await inPage.flush(page);
  collector.clear();
  collector.answer = { kind: 'status', status: 204 };
  await page.evaluate(() => window.hubrelay.consent('granted'));
  expect(await inPage.outcome(page, 'consented_again')).toBe('accepted');
  expect(names(collector)).toStrictEqual(['consented_again']);
});

test.describe('with HubSpot’s banner', () => {
  // HubSpot's script calls each listener with the choice at once if there is one, and again whenever it changes.
  const banner = `
    const listeners = [];
    window.choose = (choice) => { window.choice = choice; listeners.forEach((l) => l(choice)); };
    window._hsp = window._hsp || [];
    window.loadBanner = () => {
      const run = ([method, listener]) => {
        if (method !== 'addPrivacyConsentListener') return;
        listeners.push(listener);
        if (window.choice) listener(window.choice);
      };
      window._hsp.forEach(run);
      window._hsp = { push: run };
    };`;
  const choose = (analytics: boolean) => ({
    allowed: analytics,
    categories: { necessary: true, analytics, advertisement: false, functionality: false },
  });

  for (const order of ['before', 'after'] as const) {
    test(`the visitor’s choice is followed when its script loads ${order} ours, also on later change`, async ({
      page,
      tracked,
    }) => {
      const { collector } = tracked;
      const load = order === 'before' ? 'loadBanner();' : '';
      await page.goto(
        tracked.page('/banner', { before: banner + load, attributes: 'data-consent="hubspot"' }),
      );
      if (order === 'after') await page.evaluate('loadBanner()');
      await inPage.track(page, 'before_choice');
      await inPage.flush(page);
      expect(collector.requests).toStrictEqual([]);
      expect(await inPage.stored(page)).toStrictEqual([]);

      await page.evaluate((choice) => window.choose(choice), choose(true));
      await collector.waitFor(1);
      await page.evaluate((choice) => window.choose(choice), choose(false));
      expect(await inPage.outcome(page, 'after_withdrawal')).toBe('denied');
      await page.evaluate((choice) => window.choose(choice), choose(true));
      expect(await inPage.outcome(page, 'allowed_again')).toBe('accepted');
      expect(names(collector)).toStrictEqual(['before_choice', 'allowed_again']);
    });
  }
});

const gpc = 'Object.defineProperty(navigator, "globalPrivacyControl", { value: true });';
const doNotTrack = 'document.cookie = "__hs_do_not_track=yes; path=/";';

for (const [signal, before, attribute] of [
  ['Global Privacy Control', gpc, 'data-respect-gpc="false"'],
  ['HubSpot’s do-not-track cookie', doNotTrack, 'data-respect-do-not-track="false"'],
] as const) {
  test(`${signal} is honoured`, async ({ page, tracked }) => {
    await page.goto(tracked.page('/private', { before }));
    expect(await inPage.outcome(page, 'signup')).toBe('denied');
    expect(await inPage.stored(page)).toStrictEqual([]);
    await page.goto(tracked.page('/deaf', { before, attributes: attribute }));
    expect(await inPage.outcome(page, 'sent_here')).toBe('accepted');
    expect(names(tracked.collector)).toStrictEqual(['sent_here']);
  });

  test(`${signal} can be left to the site’s own consent`, async ({ page, tracked }) => {
    await page.goto(tracked.page('/private', { before, attributes: attribute }));
    expect(await inPage.outcome(page, 'signup')).toBe('accepted');
  });
}

test('do-not-track set while the page is open counts from then on', async ({ page, tracked }) => {
  await page.goto(tracked.url());
  expect(await inPage.outcome(page, 'signup')).toBe('accepted');
  await page.evaluate(doNotTrack);
  expect(await inPage.outcome(page, 'signup')).toBe('denied');
});

declare global {
  interface Window {
    choose(choice: object): void;
  }
}
