import { expect } from 'playwright/test';
import { accept, refuse, refuseAsProxy } from './collector.ts';
import type { DeliveryScenario } from './delivery-scenarios.ts';
import { utk } from './tracked-site.ts';

const other = 'f'.repeat(32);

/** As a backend would sign it, for these pages. */
const jwtOf = (email: string) =>
  `e30.${Buffer.from(JSON.stringify({ email, exp: 2_000_000_000 })).toString('base64url')}.sig`;
const [jwtA, jwtB] = [jwtOf('a@shop.example'), jwtOf('b@shop.example')];

/** Whose an event is, who has answered, and what a page must not lose: the same in every engine. */
export const ownerScenarios: readonly DeliveryScenario[] = [
  {
    title: 'what was tracked before somebody else logs in is not theirs',
    run: async (browser, { collector, url }) => {
      const tab = await browser.open(url());
      await tab.evaluate(
        ([a, b]) => {
          window.hubrelay.identify(a);
          window.hubrelay.track('logged_out');
          window.hubrelay.identify(b);
          window.hubrelay.track('logged_in');
        },
        [jwtA, jwtB] as const,
      );
      const arrived = await collector.waitFor(2);
      const owners = arrived.map(({ eventName, batch }) => [eventName, batch.identity]);
      expect(Object.fromEntries(owners)).toStrictEqual({ logged_out: jwtA, logged_in: jwtB });
    },
  },
  {
    title:
      'an order kept through an outage stays its visitor’s, also when another person opens the next page',
    run: async (browser, { collector, url }) => {
      collector.answer = refuse(503, '3600');
      const tab = await browser.open(url());
      const stored = await tab.evaluate(async (jwt) => {
        window.hubrelay.identify(jwt);
        window.hubrelay.track('order');
        await window.hubrelay.flush();
        return JSON.stringify({ ...localStorage });
      }, jwtA);
      expect(stored).toContain('order');
      expect(stored).not.toContain(jwtA);
      await tab.goto(url('/other'));
      await tab.evaluate((token) => {
        // biome-ignore lint/suspicious/noDocumentCookie: WebKit has no Cookie Store on plain HTTP.
        document.cookie = `hubspotutk=${token}; path=/`;
      }, other);
      collector.answer = accept;
      await tab.goto(url('/as-before'));
      await tab.evaluate((jwt) => window.hubrelay.identify(jwt), jwtB);
      const [order] = await collector.waitFor(1);
      expect(order?.batch).toMatchObject({ utk });
      expect(order?.batch.identity).toBeUndefined();
    },
  },
  {
    title: 'a proxy’s refusals and empty answers end no event',
    run: async (browser, { collector, url }) => {
      const answers = [
        refuseAsProxy(404),
        { kind: 'status', status: 200, body: '{"status":"ok"}' } as const,
        accept,
      ];
      collector.answer = () => answers.shift() ?? accept;
      const tab = await browser.open(url());
      const outcome = tab.evaluate(() => window.hubrelay.track('signup'), null);
      await collector.waitUntil(() => collector.requests.length > 2, 'a third try', 30_000);
      expect(await outcome).toBe('accepted');
    },
  },
  {
    title: 'an event outlives localStorage.clear(), and one of another tab’s withdrawal does not',
    run: async (browser, { collector, url }) => {
      const tab = await browser.open(url());
      const outcome = await tab.evaluate(() => {
        const promise = window.hubrelay.track('cleared');
        localStorage.clear();
        return promise;
      }, null);
      expect(outcome).toBe('accepted');

      collector.answer = refuse(503, '1');
      await tab.evaluate(() => void window.hubrelay.track('withdrawn'), null);
      await collector.waitUntil(
        () => collector.arrivals.some(({ eventName }) => eventName === 'withdrawn'),
        'a first try',
      );
      const second = await browser.open(url('/next'));
      await second.evaluate(() => window.hubrelay.consent('denied'), null);
      // The news has reached the first tab when the storage has: it comes with it.
      await tab.evaluate(async () => {
        while (Object.keys(localStorage).some((key) => key.startsWith('hubrelay.')))
          await new Promise((resolve) => setTimeout(resolve, 50));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }, null);
      collector.clear();
      collector.answer = accept;
      expect(await tab.evaluate(() => window.hubrelay.track('later'), null)).toBe('accepted');
      await tab.evaluate(async () => void (await window.hubrelay.flush()), null);
      expect(collector.arrivals.map(({ eventName }) => eventName)).toStrictEqual(['later']);
    },
  },
  {
    title: 'events tracked after the tracker’s own last moment in a page are sent in it',
    run: async (browser, { collector, url }) => {
      const tab = await browser.open(url());
      await tab.evaluate((to) => {
        addEventListener('pagehide', () => void window.hubrelay.track('at_pagehide'));
        setTimeout(() => {
          location.href = to;
        });
      }, url('/other'));
      const [event] = await collector.waitFor(1);
      expect(event?.eventName).toBe('at_pagehide');
    },
  },
  {
    title: 'a page holds a lock only while events wait',
    run: async (browser, { collector, url }) => {
      const tab = await browser.open(url());
      const locks = () =>
        tab.evaluate(
          async () =>
            (await navigator.locks.query()).held?.filter(({ name }) =>
              name?.startsWith('hubrelay.'),
            ).length,
          null,
        );
      collector.answer = refuse(503, '1');
      await tab.evaluate(() => void window.hubrelay.track('signup'), null);
      await collector.waitUntil(() => collector.requests.length > 0, 'a first try');
      expect(await locks()).toBeGreaterThan(0);
      collector.answer = accept;
      await collector.waitFor(1);
      await tab.evaluate(async () => void (await window.hubrelay.flush()), null);
      expect(await locks()).toBe(0);
    },
  },
];
