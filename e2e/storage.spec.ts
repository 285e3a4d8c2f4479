import { accept, refuse } from './collector.ts';
import { expect, inPage, test } from './test.ts';

const fill = `for (let size = 1e6; size >= 1; size /= 2) {
  try { for (let i = 0; i < 1e3; i++) localStorage['fill' + size + i] = 'x'.repeat(size); } catch {}
}`;
const deny = `Object.defineProperty(window, 'localStorage', {
  get() { throw new DOMException('Access is denied', 'SecurityError'); } });`;

for (const [what, before] of [
  ['full', fill],
  ['denied', deny],
] as const) {
  test(`where localStorage is ${what}, memory holds the events while the relay is away`, async ({
    page,
    tracked,
  }) => {
    const { collector } = tracked;
    collector.answer = refuse(503);
    await page.goto(tracked.page('/storage', { before }));
    await inPage.trackMany(page, 3);
    await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
    collector.answer = accept;
    await collector.waitFor(3);
  });

  test(`where localStorage is ${what}, events tracked before the page is left arrive`, async ({
    page,
    tracked,
  }) => {
    await page.goto(tracked.page('/storage', { before }));
    await inPage.trackMany(page, 3);
    await page.goto(tracked.url('/other'));
    await tracked.collector.waitFor(3);
  });
}

test('garbage in localStorage harms nothing, and what is not the tracker’s stays', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  const uuid = '00000000-0000-4000-8000-000000000000';
  const garbage = {
    'hubrelay.': 'not json',
    [`hubrelay.tab.${uuid}`]: '{"uuid":',
    [`hubrelay.${uuid}.${uuid}`]: 'null',
    [`hubrelay.x.${uuid}`]: '[1,2]',
    [`hubrelay.y.${uuid}`]: '{}',
    'hubrelay.a.b.c.d': '"text"',
  };
  const foreign = { hubrelay: 'mine', hubrelayed: 'mine too', 'shop.cart': '{"items":3}' };
  // Left by a page that is gone, and the last in order: when it has arrived, all before it has been looked at.
  const leftover = { uuid, eventName: 'left', properties: {}, occurredAt: Date.now() };
  await page.goto(tracked.url('/other'));
  await page.evaluate((all) => Object.assign(localStorage, all), {
    ...garbage,
    ...foreign,
    'hubrelay.z.000001': JSON.stringify(leftover),
  });
  await page.goto(tracked.url());
  expect(await inPage.outcome(page, 'signup')).toBe('accepted');
  await collector.waitFor(2);
  // Strictly: `toEqual` overlooks the `undefined` of what is not an event.
  expect(collector.arrivals.map(({ eventName }) => eventName).sort()).toStrictEqual([
    'left',
    'signup',
  ]);
  expect(await page.evaluate(() => ({ ...localStorage }))).toMatchObject(foreign);
});

test('what does not fit into the outbox is refused and reported; the oldest events stay', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  collector.answer = refuse(503);
  await page.goto(
    tracked.page('/drops', {
      options:
        '{ onDrop: (events, reason) => (window.drops ||= []).push({ reason, index: events[0].properties.index }) }',
    }),
  );
  await page.evaluate(() => {
    const text = 'x'.repeat(40_000);
    for (let index = 0; index < 30; index++) window.hubrelay.track('signup', { index, text });
  });
  const drops = (await page.evaluate(() => window.drops)) ?? [];
  expect(new Set(drops.map(({ reason }) => reason))).toEqual(new Set(['outbox_full']));
  const kept = Array.from({ length: 30 - drops.length }, (_, index) => index);
  expect(kept.length).toBeGreaterThan(10);
  collector.answer = accept;
  const arrived = await collector.waitFor(kept.length);
  expect(
    arrived.map(({ properties }) => properties?.index).sort((a, b) => Number(a) - Number(b)),
  ).toStrictEqual(kept);
});

test('events that waited longer than seven days are dropped and reported', async ({
  page,
  tracked,
}) => {
  const { collector } = tracked;
  const lastWeek = 'const now = Date.now; Date.now = () => now() - 8 * 86_400_000;';
  await page.goto(tracked.page('/last-week', { before: lastWeek }));
  collector.answer = refuse(503, '3600');
  await inPage.trackMany(page, 2);
  await inPage.flush(page);
  collector.clear();
  collector.answer = accept;
  await page.goto(
    tracked.page('/drops', {
      options:
        '{ onDrop: (events, reason) => events.forEach(() => (window.drops ||= []).push({ reason })) }',
    }),
  );
  const drops = await page.waitForFunction(() => window.drops?.length === 2 && window.drops);
  expect(await drops.jsonValue()).toStrictEqual([{ reason: 'expired' }, { reason: 'expired' }]);
  expect(await inPage.outcome(page, 'fresh')).toBe('accepted');
  expect(collector.arrivals.map(({ eventName }) => eventName)).toStrictEqual(['fresh']);
  expect(await inPage.stored(page)).toStrictEqual([]);
});
