// Random sequences of what happens to pages, tabs, network and relay, in real Chromium, held against a model.
// Longer: RANDOM_SECONDS=900 npx playwright test random-sequences
import fc from 'fast-check';
import type { Browser, BrowserContext } from 'playwright/test';
import { type Answer, accept, refuse } from './collector.ts';
import { expect, inPage, type Page, test } from './test.ts';
import { startTrackedSite, type TrackedSite } from './tracked-site.ts';

const seconds = Number(process.env.RANDOM_SECONDS ?? 45);

const answers = {
  accept,
  unavailable: refuse(503),
  busy: refuse(429, '1'),
  reset: { kind: 'reset' },
  hang: { kind: 'hang' },
} as const satisfies Record<string, Answer>;

type TabStep =
  | { readonly do: 'track'; readonly tab: number; readonly count: number; readonly bytes: number }
  | { readonly do: 'track too much' | 'flush' | 'leave' | 'close' | 'crash'; readonly tab: number };

type Step =
  | TabStep
  | { readonly do: 'open' | 'lose network' | 'find network' | 'stop relay' | 'start relay' }
  | { readonly do: 'answer'; readonly with: keyof typeof answers };

const tab = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('track' as const),
      tab,
      count: fc.constantFrom(1, 3, 20, 70),
      bytes: fc.constantFrom(0, 0, 1_500),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('track too much', 'flush', 'leave', 'close', 'crash'),
      tab,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('open', 'lose network', 'find network', 'stop relay', 'start relay'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      with: fc.constantFrom(...(Object.keys(answers) as (keyof typeof answers)[])),
    }),
  },
);

test('whatever happens, every tracked event arrives under one uuid, or is reported', async ({
  browser,
}) => {
  test.setTimeout((seconds + 120) * 1_000);
  let sequences = 0;
  const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), (steps) => {
    sequences += 1;
    return inFreshProfile(browser, steps);
  });
  const seed = process.env.RANDOM_SECONDS ? {} : { seed: 1 };
  await fc.assert(property, {
    numRuns: 100_000,
    interruptAfterTimeLimit: seconds * 1_000,
    ...seed,
  });
  console.log(`${sequences} sequences in ${seconds} s`);
  expect(sequences).toBeGreaterThan(2);
});

async function inFreshProfile(browser: Browser, steps: readonly Step[]): Promise<void> {
  const tracked = await startTrackedSite();
  tracked.page('/', { scriptFrom: 'site' });
  const context = await browser.newContext();
  try {
    await new World(context, tracked).live(steps);
  } finally {
    await context.close();
    await tracked.close();
  }
}

/** The browser and its surroundings, and the model: how many events were tracked and have to arrive. */
class World {
  private tracked = 0;
  private tabs: Page[] = [];
  private isOnline = true;
  private isRelayUp = true;
  private readonly context: BrowserContext;
  private readonly site: TrackedSite;

  constructor(context: BrowserContext, site: TrackedSite) {
    this.context = context;
    this.site = site;
  }

  async live(steps: readonly Step[]): Promise<void> {
    await this.open();
    for (const one of steps) await this.take(one);
    await this.makePeace();
    const arrived = await this.site.collector.waitFor(this.tracked, 20_000);
    const byMarker = new Map(arrived.map(({ uuid, properties }) => [properties?.marker, uuid]));
    // As many different events as uuids: none was sent under two, none was lost, none was made up.
    expect(byMarker.size).toBe(this.tracked);
    expect(new Set(byMarker.values()).size).toBe(this.tracked);
    expect(new Set(arrived.map(({ uuid }) => uuid)).size).toBe(this.tracked);
  }

  private async take(one: Step): Promise<void> {
    if ('tab' in one) return this.takeInTab(one, this.tabs[one.tab % this.tabs.length]);
    if (one.do === 'answer') this.site.collector.answer = answers[one.with];
    else if (one.do === 'open') await this.open();
    else if (one.do === 'lose network' || one.do === 'find network')
      await this.setNetwork(one.do === 'find network');
    else if (one.do === 'stop relay' || one.do === 'start relay')
      await this.setRelay(one.do === 'start relay');
  }

  private async takeInTab(one: TabStep, page?: Page): Promise<void> {
    if (!page) return;
    if (one.do === 'track') return this.track(page, one.count, one.bytes);
    if (one.do === 'track too much') {
      expect(await inPage.outcome(page, 'huge', { text: 'x'.repeat(100_000) })).toBe('too_large');
    } else if (one.do === 'flush') {
      await page.evaluate(() => void window.hubrelay.flush());
    } else if (one.do === 'leave') {
      if (this.isOnline) await page.goto(this.site.url());
    } else {
      this.tabs = this.tabs.filter((other) => other !== page);
      if (one.do === 'close') await page.close();
      else await this.crash(page);
    }
  }

  private async track(page: Page, count: number, bytes: number): Promise<void> {
    const first = this.tracked;
    this.tracked += count;
    await page.evaluate(
      ([from, to, length]) => {
        const text = 'x'.repeat(length);
        for (let marker = from; marker < to; marker++) {
          window.hubrelay.track('signup', { marker, text });
        }
      },
      [first, first + count, bytes] as const,
    );
  }

  private async open(): Promise<void> {
    if (!this.isOnline || this.tabs.length >= 3) return;
    const page = await this.context.newPage();
    await page.goto(this.site.url());
    this.tabs.push(page);
  }

  private async crash(page: Page): Promise<void> {
    const crashed = page.waitForEvent('crash');
    const session = await this.context.newCDPSession(page);
    session.send('Page.crash').catch(() => {});
    await crashed;
    await page.close();
    // Pages of one site may share a process, and then die together.
    for (const other of this.tabs.splice(0)) {
      if (await isAlive(other)) this.tabs.push(other);
      else await other.close();
    }
  }

  private async setNetwork(isOnline: boolean): Promise<void> {
    this.isOnline = isOnline;
    await this.context.setOffline(!isOnline);
  }

  private async setRelay(isUp: boolean): Promise<void> {
    if (isUp === this.isRelayUp) return;
    this.isRelayUp = isUp;
    await (isUp ? this.site.collector.comeBack() : this.site.collector.goAway());
  }

  /** Everything works again, and the visitor comes back. */
  private async makePeace(): Promise<void> {
    this.site.collector.answer = accept;
    await this.setNetwork(true);
    // Restarted, it lets go of requests that hang: Chromium has six connections to a host, and waits for a free one.
    await this.setRelay(false);
    await this.setRelay(true);
    for (const page of this.tabs.splice(0)) await page.close();
    await this.open();
  }
}

async function isAlive(page: Page): Promise<boolean> {
  const dead = new Promise<false>((resolve) => setTimeout(() => resolve(false), 2_000));
  return Promise.race([page.evaluate(() => true).catch(() => false), dead]);
}
