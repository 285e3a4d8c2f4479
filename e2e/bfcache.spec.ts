import { findBrowser } from '../scripts/find-browser.ts';
import { accept, refuse } from './collector.ts';
import { chromiumArgs } from './engines/chromium-args.ts';
import { expect, inPage, type Page, test } from './test.ts';

const executablePath = findBrowser('chromium')?.executablePath ?? '';

// Playwright turns the back/forward cache off.
test.use({
  launchOptions: {
    executablePath,
    args: [...chromiumArgs],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  },
});

const watch = `window.restored = 0;
  addEventListener('pageshow', (event) => { if (event.persisted) window.restored++; });`;

/** Comes back to a page that is in the cache: the same document, alive. */
async function goBackToCached(page: Page): Promise<void> {
  // No load event is fired, and Playwright would wait for one.
  await page.goBack({ waitUntil: 'commit' });
  await page.waitForFunction(() => (window as unknown as { restored: number }).restored > 0);
}

test('the tracker keeps no page out of the back/forward cache, and works after it', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.page('/cached', { before: watch }));
  expect(await inPage.outcome(page, 'before')).toBe('accepted');
  await page.goto(tracked.url('/other'));
  await goBackToCached(page);
  expect(await inPage.outcome(page, 'after')).toBe('accepted');
  expect(await inPage.stored(page)).toStrictEqual([]);
});

test('a return from the cache is a view of the page', async ({ page, tracked }) => {
  const attributes = 'data-hubrelay-pageview-event="seen"';
  await page.goto(tracked.page('/cached', { before: watch, attributes }));
  await tracked.collector.waitFor(1);
  // A page whose request has no answer yet may not go into the cache.
  await inPage.flush(page);
  await page.goto(tracked.url('/other'));
  await goBackToCached(page);
  await tracked.collector.waitFor(2);
  expect(await inPage.outcome(page, 'end')).toBe('accepted');
  expect(new Set(tracked.collector.arrivals.map(({ uuid }) => uuid)).size).toBe(3);
});

test('what waited when the page went into the cache is sent when it comes back', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = refuse(503);
  await page.goto(tracked.page('/cached', { before: watch }));
  await inPage.trackMany(page, 3);
  await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
  await inPage.flush(page);
  await page.goto(tracked.url('/other'));
  collector.answer = accept;
  await goBackToCached(page);
  await collector.waitFor(3);
  expect(await inPage.outcome(page, 'after')).toBe('accepted');
  expect(await inPage.stored(page)).toStrictEqual([]);
});

test('what a page in the cache has left is sent by the next page, once for both', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  await page.goto(tracked.page('/cached', { before: watch }));
  await collector.goAway();
  await inPage.trackMany(page, 3);
  await inPage.flush(page);
  await page.goto(tracked.url('/other'));
  await collector.comeBack();
  await page.goto(tracked.url('/next'));
  await collector.waitFor(3);
  expect(await inPage.outcome(page, 'next')).toBe('accepted');
  collector.clear();
  await page.goBack({ waitUntil: 'commit' });
  await goBackToCached(page);
  expect(await inPage.outcome(page, 'after')).toBe('accepted');
  // The three were the next page's; the restored page knows.
  expect(collector.arrivals.map(({ eventName }) => eventName)).toStrictEqual(['after']);
});
