import { expect } from 'playwright/test';
import { accept, refuse, repeatedUuids } from './collector.ts';
import type { EngineBrowser, Tab } from './engines/engine.ts';
import type { TrackedSite } from './tracked-site.ts';

export interface DeliveryScenario {
  readonly title: string;
  /** Needs a renderer that can be killed. */
  readonly crashes?: true;
  readonly run: (browser: EngineBrowser, tracked: TrackedSite) => Promise<void>;
}

/** What every engine has to pass: events arrive whatever happens to the page, the tab, the network and the relay. */
export const deliveryScenarios: readonly DeliveryScenario[] = [
  {
    title: 'events tracked in the task that leaves the page arrive',
    run: async (browser, { collector, url }) => {
      const tab = await browser.open(url());
      await trackAndLeave(tab, 3, '/other');
      await collector.waitFor(3);
    },
  },
  {
    title: 'events tracked just before the tab is closed arrive',
    run: async (browser, { collector, url }) => {
      const tab = await browser.open(url());
      await track(tab, 3);
      await tab.close();
      await collector.waitFor(3);
    },
  },
  {
    title: 'events of a page whose process died arrive with the next visit',
    crashes: true,
    run: async (browser, { collector, url }) => {
      const tab = await browser.open(url());
      await collector.goAway();
      await track(tab, 3);
      await tab.killRenderer?.();
      await collector.comeBack();
      await browser.open(url());
      await collector.waitFor(3);
    },
  },
  {
    title: 'a burst of 90 KB, more than a page may have on its way, arrives by the next page',
    run: async (browser, { collector, url }) => {
      const tab = await browser.open(url());
      await trackAndLeave(tab, 60, '/next', 1_500);
      const arrived = await collector.waitFor(60);
      expect(arrived.every(({ properties }) => String(properties?.text).length === 1_500)).toBe(
        true,
      );
    },
  },
  {
    title: 'events that met a 503 arrive from the next page',
    run: async (browser, { collector, url }) => {
      collector.answer = refuse(503);
      const tab = await browser.open(url());
      await track(tab, 3);
      await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
      await tab.goto(url('/other'));
      collector.answer = accept;
      expect(collector.arrivals.some(({ accepted }) => accepted)).toBe(false);
      await tab.goto(url('/next'));
      await collector.waitFor(3);
    },
  },
  {
    title:
      'events tracked while the relay could not be reached arrive when the site is opened again',
    run: async (browser, { collector, url }) => {
      await trackInOutage(browser, { collector, url });
      await browser.open(url());
      await collector.waitFor(3);
    },
  },
  {
    title: 'a relay that asks to wait is not asked again before',
    run: async (browser, { collector, url }) => {
      const waitMs = 2_000;
      let dueAtMs = 0;
      collector.answer = () => {
        const now = performance.now();
        dueAtMs ||= now + waitMs;
        return now < dueAtMs ? refuse(429, String(waitMs / 1_000)) : accept;
      };
      const tab = await browser.open(url());
      await track(tab, 3);
      await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
      await flush(tab);
      await collector.waitFor(3);
      const refused = collector.requests.filter(({ answer }) => answer !== accept);
      expect(refused).toHaveLength(1);
    },
  },
  {
    title: 'of two tabs opened in an outage one sends what was left, and each event arrives once',
    run: async (browser, { collector, url }) => {
      // Told to wait an hour, each tab tries once, and makes no last try when it is closed.
      collector.answer = refuse(503, '3600');
      const first = await browser.open(url());
      await track(first, 3);
      await flush(first);
      await first.close();
      collector.clear();
      const second = await browser.open(url());
      await collector.waitUntil(() => collector.arrivals.length > 0, 'what was left');
      const third = await browser.open(url('/next'));
      await track(third, 1);
      await flush(third);
      const tried = collector.arrivals.map(({ uuid }) => uuid);
      expect(tried).toHaveLength(4);
      expect(new Set(tried).size).toBe(4);
      for (const tab of [second, third]) await tab.close();
      collector.answer = accept;
      const last = await browser.open(url());
      await collector.waitFor(4);
      // The tab sends in order: once its own event is here, so is any second copy of those before.
      await track(last, 1);
      await collector.waitFor(5);
      expect(repeatedUuids(collector.arrivals)).toStrictEqual([]);
    },
  },
  {
    title: '200 events waiting when the tab is closed arrive',
    run: async (browser, { collector, url }) => {
      collector.answer = refuse(503, '1');
      const tab = await browser.open(url());
      await track(tab, 200);
      await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
      await tab.close();
      collector.answer = accept;
      await browser.open(url());
      await collector.waitFor(200);
    },
  },
  {
    title: 'a tab that lives on sends each event once',
    run: async (browser, { collector, url }) => {
      const tab = await browser.open(url());
      for (let round = 0; round < 3; round++) {
        await track(tab, 20);
        await flush(tab);
      }
      // The tab sends in order: once this one is here, so is any second copy of those before.
      await track(tab, 1);
      await collector.waitFor(61);
      expect(repeatedUuids(collector.arrivals)).toStrictEqual([]);
    },
  },
];

function track(tab: Tab, count: number): Promise<void> {
  return tab.evaluate((total: number) => {
    for (let index = 0; index < total; index++) window.hubrelay.track('signup', { index });
  }, count);
}

/** Resolves when everything that can be sent now has been answered. */
function flush(tab: Tab): Promise<void> {
  return tab.evaluate(async () => {
    await window.hubrelay.flush();
  }, null);
}

/** A visit while the relay cannot be reached. */
async function trackInOutage(
  browser: EngineBrowser,
  { collector, url }: Pick<TrackedSite, 'collector' | 'url'>,
): Promise<void> {
  const tab = await browser.open(url());
  await collector.goAway();
  await track(tab, 3);
  await flush(tab);
  await tab.close();
  await collector.comeBack();
}

function trackAndLeave(tab: Tab, count: number, to: string, bytes = 0): Promise<void> {
  return tab.evaluate(
    ({ count, to, bytes }) => {
      const text = 'x'.repeat(bytes);
      // In a task of its own, so that the answer to this call is out before the page is gone.
      setTimeout(() => {
        for (let index = 0; index < count; index++)
          window.hubrelay.track('signup', { index, text });
        location.href = to;
      });
    },
    { count, to, bytes },
  );
}
