import { readFile } from 'node:fs/promises';
import { expect, test } from './test.ts';

const zone = new URL('../node_modules/zone.js/bundles/zone.umd.js', import.meta.url);

test('in Angular, an event that waits for the cookie keeps the zone stable, and is sent when the cookie is there', async ({
  page,
  tracked,
}) => {
  const { site, collector } = tracked;
  site.files['/zone.js'] = await readFile(zone, 'utf8');
  tracked.page('/angular', { utk: null });
  site.files['/angular'] = `<script src="/zone.js"></script>${site.files['/angular']}`;
  await page.goto(tracked.url('/angular'));
  // What Angular asks: are there tasks left that somebody waits for?
  const isStable = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const { Zone } = window as unknown as {
          Zone: { current: { fork(spec: object): { run(work: () => void): void } } };
        };
        let pending = false;
        const zone = Zone.current.fork({
          name: 'angular',
          onHasTask(_: unknown, __: unknown, ___: unknown, state: { macroTask: boolean }) {
            pending = state.macroTask;
          },
        });
        zone.run(() => void window.hubrelay.track('signup'));
        Reflect.get(window, '__zone_symbol__setTimeout').call(window, () => resolve(!pending), 100);
      }),
  );
  expect(isStable).toBe(true);
  expect(collector.arrivals).toStrictEqual([]);
  await page.evaluate(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: as HubSpot's script does.
    document.cookie = 'hubspotutk=0123456789abcdef0123456789abcdef; path=/';
  });
  await collector.waitFor(1);
});
