import { expect, inPage, type Page, test } from './test.ts';

const event = (name: string) =>
  `_hsq.push(['trackCustomBehavioralEvent', { name: '${name}', properties: { plan: 'pro' } }]);`;

/** What HubSpot's script does when it loads: it runs the queue, empties it, and takes over `push`. */
const loadHubSpot = `
  window.hubspotGot = window.hubspotGot || [];
  { const queue = window._hsq = window._hsq || [];
    const run = (...commands) => { window.hubspotGot.push(...commands); return 0; };
    run(...queue.splice(0));
    queue.push = run; }`;

const queued = `window._hsq = window._hsq || [];
  _hsq.push(['setPath', '/shop']);
  ${event('queued')}`;

const hubspotGot = (page: Page) =>
  page.evaluate(() =>
    (window as unknown as { hubspotGot: [string][] }).hubspotGot.map(([method]) => method),
  );

test('custom events of _hsq go to the relay instead, from before and after either script loads', async ({
  page,
  tracked,
}) => {
  const attributes = 'data-capture-hsq';
  await page.goto(tracked.page('/hsq', { before: queued, attributes }));
  await page.evaluate(event('between'));
  await page.evaluate(loadHubSpot);
  await page.evaluate(`${event('after')} _hsq.push(['trackPageView']);`);
  const arrived = await tracked.collector.waitFor(3);
  expect(arrived.map(({ eventName }) => eventName).sort()).toStrictEqual([
    'after',
    'between',
    'queued',
  ]);
  expect(arrived.every(({ properties }) => properties?.plan === 'pro')).toBe(true);
  // No event goes twice, and every other command is HubSpot's.
  expect(await hubspotGot(page)).toStrictEqual(['setPath', 'trackPageView']);
});

test('where HubSpot’s script was first, what it has taken is not sent again', async ({
  page,
  tracked,
}) => {
  const attributes = 'data-capture-hsq';
  await page.goto(tracked.page('/hsq', { before: queued + loadHubSpot, attributes }));
  await page.evaluate(event('later'));
  await tracked.collector.waitFor(1);
  expect(await inPage.outcome(page, 'end')).toBe('accepted');
  expect(tracked.collector.arrivals.map(({ eventName }) => eventName)).toStrictEqual([
    'later',
    'end',
  ]);
  expect(await hubspotGot(page)).toStrictEqual(['setPath', 'trackCustomBehavioralEvent']);
});

test('without the option _hsq is left alone', async ({ page, tracked }) => {
  await page.goto(tracked.page('/hsq', { before: queued }));
  await page.evaluate(loadHubSpot);
  expect(await inPage.outcome(page, 'end')).toBe('accepted');
  expect(tracked.collector.arrivals.map(({ eventName }) => eventName)).toStrictEqual(['end']);
  expect(await hubspotGot(page)).toStrictEqual(['setPath', 'trackCustomBehavioralEvent']);
});
