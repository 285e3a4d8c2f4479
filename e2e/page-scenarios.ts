import { expect } from 'playwright/test';
import { type Arrival, accept } from './collector.ts';
import type { DeliveryScenario } from './delivery-scenarios.ts';
import type { Tab } from './engines/engine.ts';
import { type TrackedSite, utk } from './tracked-site.ts';

/** What every engine has to pass on pages as they are: patched, clobbered, with other tools' tags and by odd loaders. */
export const pageScenarios: readonly DeliveryScenario[] = [
  {
    title:
      'a single-page app: pushes count, filters and cleaned-up secrets do not, titles are those of their pages',
    run: async (browser, tracked) => {
      const { collector } = tracked;
      const attributes = 'data-hubrelay-pageview-event="seen"';
      const tab = await browser.open(
        `${tracked.page('/app', { attributes })}?code=SECRET&utm_source=news&access_token=SECRET#id_token=SECRET`,
      );
      await tab.evaluate(async () => {
        const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
        await pause(20);
        // An auth callback cleans up, a search is typed, a map moves.
        history.replaceState({}, '', '/app?utm_source=news');
        for (const typed of ['s', 'sh', 'shoes'])
          history.replaceState({}, '', `/app?q=${typed}#map=${typed}`);
        await pause(20);
        // A lazy route: its title comes late.
        history.pushState({}, '', '/products');
        await pause(200);
        document.title = 'Products';
        await pause(100);
        // Away before the title has come.
        history.pushState({}, '', '/quick');
        await pause(20);
        history.pushState({}, '', '/cart?reset_token=SECRET&size=9');
        document.title = 'Cart';
        await pause(100);
        // A router that redirects at once shows one page.
        history.pushState({}, '', '/old');
        history.replaceState({}, '', '/new');
        document.title = 'New';
        await pause(100);
        location.hash = 'section';
        await pause(20);
        history.replaceState({}, '', '/replaced');
        document.title = 'Replaced';
        await pause(100);
      }, undefined);
      await end(tab, tracked);
      expect(
        named(collector.arrivals, 'seen').map(({ properties: it = {} }) => [
          String(it.hs_page_url).replace(/^.*?localhost:\d+/, ''),
          it.hs_page_title,
        ]),
      ).toStrictEqual([
        ['/app?utm_source=news', 'Page /app'],
        ['/products', 'Products'],
        ['/quick', 'Products'],
        ['/cart?size=9', 'Cart'],
        ['/new', 'New'],
        ['/replaced', 'Replaced'],
      ]);
      expect(JSON.stringify(collector.requests)).not.toContain('SECRET');
    },
  },
  {
    title:
      'routes of the hash count when the option says so, and a nav called "navigation" hides nothing',
    run: async (browser, tracked) => {
      const attributes = 'data-hubrelay-pageview-event="seen" data-hubrelay-hash-routes';
      const before = `document.write('<nav id="navigation"></nav>')`;
      const tab = await browser.open(`${tracked.page('/hash', { attributes, before })}#/one`);
      await tab.evaluate(async () => {
        for (const route of ['/two?token=SECRET', '/three']) {
          location.hash = route;
          await new Promise((resolve) => setTimeout(resolve, 100));
          document.title = route;
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
      }, undefined);
      await end(tab, tracked);
      expect(
        named(tracked.collector.arrivals, 'seen').map(({ properties }) =>
          String(properties?.hs_page_url).replace(/^.*#/, '#'),
        ),
      ).toStrictEqual(['#/one', '#/two', '#/three']);
    },
  },
  {
    title:
      'clicks: a label counts once, with its field inside or beside; side buttons and a middle click on a button do not',
    run: async (browser, tracked) => {
      const body = `
        <label id="label" data-hubrelay-event="label"><input type="checkbox">marked</label>
        <div id="card" data-hubrelay-event="card"><label id="in-card" for="field">text</label><input type="checkbox" id="field"></div>
        <label id="apart" for="elsewhere" data-hubrelay-event="apart">text</label><input type="checkbox" id="elsewhere">
        <button id="button" data-hubrelay-event="button">button</button>
        <a id="link" href="#here" data-hubrelay-event="link"><b id="in-link">link</b></a>
        <i id="alpine" :data-hubrelay-event="code" x-bind:data-hubrelay-event="code">alpine</i>`;
      const tab = await browser.open(tracked.page('/clicks', { body }));
      await tab.evaluate(() => {
        const click = (id: string) => document.getElementById(id)?.click();
        for (const id of ['label', 'in-card', 'apart', 'button', 'alpine']) click(id);
        for (const button of [1, 2, 3, 4])
          for (const id of ['button', 'in-link'])
            document
              .getElementById(id)
              ?.dispatchEvent(
                new MouseEvent('auxclick', { button, bubbles: true, composed: true }),
              );
      }, undefined);
      await end(tab, tracked);
      expect(names(tracked.collector.arrivals)).toStrictEqual([
        'apart',
        'button',
        'card',
        'end',
        'label',
        'link',
      ]);
    },
  },
  {
    title:
      'however the script comes: module, inline, fetched and evaluated, blob, with a fake currentScript before it',
    run: async (browser, tracked) => {
      const { site, collector } = tracked;
      const evil = `${collector.origin}/evil`;
      const endpoint = `${collector.origin}/v1/events`;
      const queue = (way: string) => `<!doctype html><title>${way}</title><body>
        <script>document.cookie = 'hubspotutk=${utk}; path=/'; window.onerror = (text) => (window.broken = text);
        window.hubrelay = [['track', '${way}']];`;
      const given = `hubrelay.endpoint = '${endpoint}';</script>`;
      const ways: Record<string, string> = {
        module: `</script><script type="module" src="${collector.origin}/hubrelay.js"></script>`,
        inline: `</script><script data-hubrelay-endpoint="${endpoint}">${site.files['/hubrelay.js']}</script>`,
        inline_with_queue: `${given}<script>${site.files['/hubrelay.js']}</script>`,
        evaluated: `${given}<script>fetch('/hubrelay.js').then((it) => it.text()).then((it) => (0, eval)(it));</script>`,
        blob: `${given}<script>fetch('/hubrelay.js').then((it) => it.blob()).then((it) =>
          document.head.append(Object.assign(document.createElement('script'), { src: URL.createObjectURL(it) })));</script>`,
        // As Rocket Loader does: the tag is inert, and its copy comes later.
        loader: `</script><script type="x-text/javascript" src="${collector.origin}/hubrelay.js"></script>
          <script>setTimeout(() => { for (const it of document.querySelectorAll('script[type^=x]')) {
            const copy = document.createElement('script'); copy.src = it.src; it.replaceWith(copy); } });</script>`,
        clobbered: `</script><img name="currentScript" src="${evil}/hubrelay.js">
          <script src="${collector.origin}/hubrelay.js"></script>`,
      };
      const tab = await browser.open(tracked.url('/other'));
      for (const [way, html] of Object.entries(ways)) {
        site.files[`/${way}`] = queue(way) + html;
        await tab.goto(`${site.origin}/${way}`);
        await collector
          .waitUntil(() => names(collector.arrivals).includes(way), way)
          .catch(async (error) => {
            const page = await tab.evaluate(() => Reflect.get(window, 'broken'), undefined);
            throw new Error(`${error.message}: ${page}`);
          });
      }
      const posts = collector.requests.filter(({ method }) => method === 'POST');
      expect(new Set(posts.map(({ url }) => url))).toStrictEqual(new Set(['/v1/events']));
    },
  },
  {
    title: 'on a clobbered page, whose prototypes are extended, events arrive as they are',
    run: async (browser, tracked) => {
      const before = `
        document.cookie = 'hubspotutk=; path=/clobbered';
        document.write('<form name="cookie"></form><div id="hubrelay"></div><iframe name="hubrelay"></iframe>');
        // Prototype 1.6.
        Array.prototype.toJSON = function () { return '[' + this.join() + ']'; };
        String.prototype.toJSON = function () { return '"' + this + '"'; };
        Number.prototype.toJSON = function () { return String(this); };
        Object.prototype.extend = function () {};
        Object.defineProperty(navigator, 'language', { value: undefined });`;
      const attributes =
        'data-name="klaro" data-consent="analytics" data-debug="maybe" data-category="x"';
      // In the page: what drives the browser is not up to such prototypes.
      const body = `<script>window.hubrelay.track('signup', { plan: 'pro', seats: 3, tags: ['a', 'b'] });</script>`;
      tracked.page('/clobbered', { before, attributes, body });
      // The element stands in the queue's place.
      tracked.site.files['/clobbered'] =
        tracked.site.files['/clobbered']?.replace('window.hubrelay = Object.assign([], {});', '') ??
        '';
      await browser.open(tracked.url('/clobbered'));
      const [event] = await tracked.collector.waitFor(1);
      expect(event?.batch.utk).toBe(utk);
      expect(event?.properties).toMatchObject({ plan: 'pro', seats: 3, tags: ['a', 'b'] });
      expect(event?.properties?.hs_page_title).toBe('Page /clobbered');
    },
  },
  {
    title: 'what only the owner can put right is told in the console, once',
    run: async (browser, tracked) => {
      const before = `window.told = []; console.warn = (...it) => told.push(it.slice(0, -1).map(String).join(' '));`;
      const attributes =
        'data-hubrelay-consent="analytics" data-hubrelay-clickz data-klaro="x" data-clicks="maybe"';
      const tab = await browser.open(tracked.page('/wrong', { before, attributes }));
      const told = await tab.evaluate(() => {
        const page = window as unknown as { told: string[]; hubrelay: unknown[] };
        page.hubrelay.push(['trck', 'signup'], ['trck', 'again'], null);
        return page.told;
      }, undefined);
      expect(told).toStrictEqual([
        'hubrelay: unknown option: consent=analytics',
        'hubrelay: unknown option: clickz=',
        'hubrelay: cannot run trck,signup',
      ]);
      tracked.collector.answer = {
        kind: 'status',
        status: 403,
        headers: { 'content-type': 'application/problem+json' },
        body: JSON.stringify({
          type: 'https://hubrelay.example/troubleshooting.md#code',
          status: 403,
          code: 'origin_not_allowed',
          detail: 'Add the origin to ALLOWED_ORIGINS.',
        }),
      };
      const other = await browser.open(tracked.page('/refused', { before }));
      // The owner may still add the origin: the events wait.
      const refused = await other.evaluate(async () => {
        const page = window as unknown as { told: string[] };
        for (const name of ['a', 'b']) window.hubrelay.track(name);
        while (!page.told[0]) await new Promise((resolve) => setTimeout(resolve, 20));
        return page.told;
      }, undefined);
      expect(refused).toHaveLength(1);
      expect(refused[0]).toMatch(/^hubrelay: refused by the relay .*ALLOWED_ORIGINS/);
    },
  },
  {
    title: 'a relay that has moved, script and events, is told in the console; events wait',
    run: async (browser, tracked) => {
      const { collector } = tracked;
      const moved = `${collector.origin}/moved/v1/events`;
      // As web servers send from the apex to www: a POST becomes a GET.
      collector.answer = ({ url }) =>
        url === '/v1/events'
          ? { kind: 'status', status: 301, headers: { location: moved } }
          : { kind: 'status', status: 405, body: 'Not here' };
      const before = `window.told = []; console.warn = (...it) => told.push(it.slice(0, -1).map(String).join(' '));`;
      const tab = await browser.open(tracked.page('/moved', { before }));
      const told = await tab.evaluate(async () => {
        const page = window as unknown as { told: string[] };
        window.hubrelay.track('signup');
        while (!page.told[0]) await new Promise((resolve) => setTimeout(resolve, 20));
        return page.told;
      }, undefined);
      expect(told).toStrictEqual([`hubrelay: redirected to ${moved}`]);
      collector.answer = accept;
      await collector.waitFor(1);
    },
  },
  {
    title:
      'one tracker per name and page: a second tag, a second capture of _hsq and a cached preview of Turbo send nothing twice',
    run: async (browser, tracked) => {
      const { collector } = tracked;
      const again = `<script src="${collector.origin}/hubrelay.js" data-hubrelay-capture-hsq></script>`;
      const body = `${again}<button id="b" data-hubrelay-event="clicked">b</button>${again}`;
      const attributes = 'data-hubrelay-capture-hsq data-hubrelay-pageview-event="seen"';
      const tab = await browser.open(tracked.page('/twice', { body, attributes }));
      await tab.evaluate(() => {
        const page = window as unknown as { _hsq: unknown[]; hubrelay: unknown[] };
        document.getElementById('b')?.click();
        page._hsq.push(['trackCustomBehavioralEvent', { name: 'of_hsq', properties: {} }]);
        document.documentElement.setAttribute('data-turbo-preview', '');
        page.hubrelay.push(['track', 'visited']);
        document.documentElement.removeAttribute('data-turbo-preview');
        page.hubrelay.push(['track', 'visited']);
      }, undefined);
      await end(tab, tracked);
      expect(names(collector.arrivals)).toStrictEqual([
        'clicked',
        'end',
        'of_hsq',
        'seen',
        'visited',
      ]);
    },
  },
];

/** Everything that was tracked before has arrived, too. */
async function end(tab: Tab, { collector }: TrackedSite): Promise<void> {
  await tab.evaluate(() => void window.hubrelay.track('end'), undefined);
  await collector.waitUntil(() => names(collector.arrivals).includes('end'), 'the last event');
}

const named = (arrivals: readonly Arrival[], name: string) =>
  arrivals.filter(({ eventName }) => eventName === name);

const names = (arrivals: readonly Arrival[]) => arrivals.map(({ eventName }) => eventName).sort();
