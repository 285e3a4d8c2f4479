import { expect, inPage, test } from './test.ts';

const noNavigationApi = 'Object.defineProperty(window, "navigation", { value: undefined });';

for (const [api, before] of [
  ['the Navigation API', ''],
  ['the History API alone', noNavigationApi],
] as const) {
  test(`by ${api}, each page a single-page app shows is tracked once, with its own address and title`, async ({
    page,
    tracked,
  }) => {
    const attributes = 'data-pageview-event="page_viewed"';
    await page.goto(tracked.page('/app', { attributes, before }));
    const go = (path: string, title: string) =>
      page.evaluate(
        ([to, text]) => {
          history.pushState({}, '', to);
          document.title = text;
        },
        [path, title] as const,
      );
    // Each is shown before the next one.
    await expect.poll(() => inPage.stored(page).then((keys) => keys.length)).toBeLessThanOrEqual(1);
    await tracked.collector.waitFor(1);
    await go('/app/products', 'Products');
    await tracked.collector.waitFor(2);
    await go('/app/products?page=2', 'Products, page 2');
    await tracked.collector.waitFor(3);
    await page.evaluate(() => history.replaceState({}, '', '/app/cart'));
    await tracked.collector.waitFor(4);
    await page.evaluate(() => {
      location.hash = 'section';
    });
    await page.evaluate(() => history.replaceState({ scroll: 1 }, '', location.href));
    await page.goBack();
    await page.goBack();
    await tracked.collector.waitFor(5);
    expect(await inPage.outcome(page, 'end')).toBe('accepted');

    const views = tracked.collector.arrivals.filter(({ eventName }) => eventName === 'page_viewed');
    const paths = views.map(({ properties }) => new URL(String(properties?.hs_page_url)));
    expect(paths.map(({ pathname, search }) => pathname + search)).toStrictEqual([
      '/app',
      '/app/products',
      '/app/products?page=2',
      '/app/cart',
      '/app/products',
    ]);
    expect(views[1]?.properties?.hs_page_title).toBe('Products');
  });
}

test('without the option no page view is tracked', async ({ page, tracked }) => {
  await page.goto(tracked.url());
  await page.evaluate(() => history.pushState({}, '', '/elsewhere'));
  expect(await inPage.outcome(page, 'end')).toBe('accepted');
  expect(tracked.collector.arrivals.map(({ eventName }) => eventName)).toStrictEqual(['end']);
});
