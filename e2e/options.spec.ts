import { refuse } from './collector.ts';
import { expect, inPage, test } from './test.ts';
import { utk } from './tracked-site.ts';

test('calls made before the script has loaded are kept, in HubSpot’s idiom', async ({
  page,
  tracked,
}) => {
  const { site, collector } = tracked;
  site.files['/early'] = `<!doctype html><title>Early</title>
    <script>document.cookie = 'hubspotutk=${utk}; path=/';
      window.hubrelay = window.hubrelay || [];
      hubrelay.push(['track', 'signup', { plan: 'pro' }], ['track', 'second']);
      hubrelay.push(['no_such_method'], 'nonsense', null);
      hubrelay.push((tracker) => tracker.track('by_function'));</script>
    <script async src="${collector.origin}/hubrelay.js"></script>`;
  await page.goto(`${site.origin}/early`);
  const arrived = await collector.waitFor(3);
  expect(arrived.map(({ eventName }) => eventName).sort()).toStrictEqual([
    'by_function',
    'second',
    'signup',
  ]);
  await page.evaluate(() => {
    (window as unknown as { hubrelay: unknown[] }).hubrelay.push(['track', 'pushed_later']);
  });
  expect(await inPage.outcome(page, 'called')).toBe('accepted');
  await collector.waitFor(5);
});

test('beforeSend changes an event, drops it by returning nothing, and drops it by failing', async ({
  page,
  tracked,
}) => {
  const options = `{ beforeSend(event) {
    if (event.eventName === 'unwanted') return null;
    if (event.eventName === 'broken') throw new Error('The hook’s own mistake');
    return { ...event, properties: { ...event.properties, email: undefined, seen: 'yes' } };
  } }`;
  await page.goto(tracked.page('/hook', { options }));
  const outcomes = await page.evaluate(() =>
    Promise.all([
      window.hubrelay.track('signup', { email: 'ann@example.com' }),
      window.hubrelay.track('unwanted'),
      window.hubrelay.track('broken'),
    ]),
  );
  expect(outcomes).toStrictEqual(['accepted', 'before_send', 'before_send']);
  const [event, ...others] = tracked.collector.arrivals;
  expect(others).toStrictEqual([]);
  expect(event?.properties).toMatchObject({ seen: 'yes' });
  expect(event?.properties).not.toHaveProperty('email');
});

test('the answer of a challenge widget goes with each request, asked for anew', async ({
  page,
  tracked,
}) => {
  const options = `{ challenge: () => 'answer ' + ++window.asked }`;
  await page.goto(tracked.page('/challenge', { options, before: 'window.asked = 0;' }));
  await inPage.outcome(page, 'first');
  await inPage.outcome(page, 'second');
  const [first, second] = tracked.collector.arrivals.map(({ batch }) => `${batch.challenge}`);
  expect(first).toMatch(/^answer \d+$/);
  expect(second).toMatch(/^answer \d+$/);
  expect(second).not.toBe(first);
});

test('a challenge widget that fails holds nothing up', async ({ page, tracked }) => {
  const options = `{ challenge() { throw new Error('No widget here'); } }`;
  await page.goto(tracked.page('/challenge', { options }));
  expect(await inPage.outcome(page, 'signup')).toBe('accepted');
  expect(tracked.collector.arrivals[0]?.batch).not.toHaveProperty('challenge');
});

test('an onDrop that throws harms nothing', async ({ page, tracked }) => {
  const options = `{ onDrop() { throw new Error('The hook’s own mistake'); },
    beforeSend: (event) => event.eventName === 'good' && event }`;
  await page.goto(tracked.page('/hook', { options }));
  expect(await inPage.outcome(page, 'bad')).toBe('before_send');
  expect(await inPage.outcome(page, 'good')).toBe('accepted');
});

test('every event gets the default properties; its own win', async ({ page, tracked }) => {
  const options = `{ properties: () => ({ site: 'shop', plan: 'none', now: window.visits++ }) }`;
  const before = 'window.visits = 1;';
  await page.goto(tracked.page('/defaults', { options, before }));
  await inPage.outcome(page, 'first', { plan: 'pro' });
  await inPage.outcome(page, 'second');
  const said = tracked.collector.arrivals.map(({ properties }) => properties);
  expect(said[0]).toMatchObject({ site: 'shop', plan: 'pro', now: 1 });
  expect(said[1]).toMatchObject({ site: 'shop', plan: 'none', now: 2 });
});

test('events carry HubSpot’s page properties, which its HTTP API does not fill', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.url('/other'));
  tracked.page('/landing');
  await page.evaluate(() => {
    location.href = '/landing?utm_source=news&page=2';
  });
  await page.waitForURL('**/landing*');
  expect(await inPage.outcome(page, 'signup')).toBe('accepted');
  expect(tracked.collector.arrivals[0]?.properties).toMatchObject({
    hs_page_url: expect.stringContaining('/landing?utm_source=news&page=2'),
    hs_page_title: 'Page /landing',
    hs_referrer: expect.stringContaining('/other'),
    hs_language: expect.stringMatching(/^[a-z]{2}/),
    hs_screen_width: 1280,
    hs_screen_height: 720,
  });
});

test('of a direct visit, and without a campaign, nothing empty is sent', async ({
  page,
  tracked,
}) => {
  await page.goto(tracked.page('/direct'));
  expect(await inPage.outcome(page, 'signup')).toBe('accepted');
  const { properties = {} } = tracked.collector.arrivals[0] ?? {};
  expect(Object.keys(properties).toSorted()).toEqual([
    'hs_language',
    'hs_page_title',
    'hs_page_url',
    'hs_screen_height',
    'hs_screen_width',
  ]);
});

test('page properties can be left out', async ({ page, tracked }) => {
  const attributes = 'data-page-properties="false"';
  await page.goto(tracked.page('/bare', { attributes }));
  expect(await inPage.outcome(page, 'signup', { plan: 'pro' })).toBe('accepted');
  expect(tracked.collector.arrivals[0]?.properties).toEqual({ plan: 'pro' });
});

test('two trackers on a page have their own endpoints and outboxes', async ({ page, tracked }) => {
  const { collector, site } = tracked;
  const script = `<script src="${collector.origin}/hubrelay.js"`;
  site.files['/two'] = `<!doctype html><title>Two</title>
    <script>document.cookie = 'hubspotutk=${utk}; path=/';</script>
    ${script}></script>
    ${script} data-hubrelay-name="second" data-hubrelay-endpoint="${collector.origin}/second"></script>
    ${script}></script>`;
  collector.answer = ({ url }) =>
    url === '/second' ? refuse(503, '3600') : { kind: 'status', status: 204 };
  await page.goto(`${site.origin}/two`);
  await page.evaluate(() => {
    window.hubrelay.track('for_the_first');
    (window as unknown as { second: Window['hubrelay'] }).second.track('for_the_second');
  });
  await collector.waitFor(1);
  await collector.waitUntil(
    () => collector.requests.some(({ url }) => url === '/second'),
    'a request to the second endpoint',
  );
  const paths = collector.requests.map(({ url, body }) => [url, JSON.parse(body).events.length]);
  expect(paths.sort()).toStrictEqual([
    ['/second', 1],
    ['/v1/events', 1],
  ]);
  // The tag that stands there twice is one tracker.
  expect(collector.arrivals.filter(({ eventName }) => eventName === 'for_the_first')).toHaveLength(
    1,
  );
});

test('debug explains each step in the console; without it there is silence', async ({
  page,
  tracked,
}) => {
  const lines: string[] = [];
  page.on('console', (message) => lines.push(message.text()));
  await page.goto(tracked.url());
  expect(await inPage.outcome(page, 'quiet')).toBe('accepted');
  expect(lines).toStrictEqual([]);
  await page.goto(tracked.page('/debug', { attributes: 'data-debug' }));
  expect(await inPage.outcome(page, 'loud')).toBe('accepted');
  const text = lines.join('\n');
  expect(text).toContain('hubrelay');
  for (const step of ['track', '204', 'accepted']) expect(text).toContain(step);
});

test('disable() drops what waits and stops for good', async ({ page, tracked }) => {
  const { collector } = tracked;
  collector.answer = refuse(503);
  await page.goto(tracked.url());
  await inPage.trackMany(page, 3);
  await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
  await page.evaluate(() => window.hubrelay.disable());
  expect(await inPage.stored(page)).toStrictEqual([]);
  // A request may have been on its way at that moment.
  await inPage.flush(page);
  collector.clear();
  collector.answer = { kind: 'status', status: 204 };
  await page.evaluate(() => window.hubrelay.consent('granted'));
  expect(await inPage.outcome(page, 'signup')).not.toBe('accepted');
  await page.goto(tracked.url('/next'));
  expect(await inPage.outcome(page, 'of_another_page')).toBe('accepted');
  expect(collector.arrivals.map(({ eventName }) => eventName)).toStrictEqual(['of_another_page']);
});
