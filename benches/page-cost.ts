// How long does the page's main thread work to load the library, and for 1,000 track() calls? Ours beside four others:
//   npm run build && node benches/page-cost.ts [--only name,name] [--runs 5]
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright';
import { accept, startCollector } from '../e2e/collector.ts';
import { chromiumArgs } from '../e2e/engines/chromium-args.ts';
import { startSite } from '../e2e/site.ts';
import { ensureBrowser } from '../scripts/ensure-browsers.ts';
import { bundleForPage } from './bundle-peer.ts';
import { answerEvents } from './delivery-subject.ts';
import { floor, installPeers, type Peer, peers, us, versionOf } from './peers.ts';
import { report } from './report.ts';

const calls = 1_000;
/** Batching libraries send within this time of the last call. */
const afterwardsMs = 6_000;

/** Milliseconds of the main thread. */
interface Cost {
  /** Compile and run the script, and start. */
  readonly load: number;
  /** In the 1,000 calls themselves: what an event handler of the page waits for. */
  readonly calls: number;
  /** The same and everything that follows from them. */
  readonly total: number;
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, runs: { type: 'string', default: '5' } },
});
const names = values.only?.split(',') ?? ['floor', 'hubrelay', 'plausible', 'snowplow', 'segment'];
const subjects = [us, floor, ...peers].filter(({ name }) => names.includes(name));

if (subjects.some(({ npm }) => npm)) installPeers();
const scripts = new Map<Peer, string>();
for (const peer of subjects) scripts.set(peer, await bundleForPage(peer));
const browser = await chromium.launch({
  executablePath: ensureBrowser('chromium').executablePath,
  args: [...chromiumArgs, '--disable-blink-features=AutomationControlled'],
});
const site = await startSite({ '/': '<!doctype html><title>Page</title>' });

const costs = new Map(subjects.map((peer) => [peer, [] as Cost[]]));
// In turns, so that a slow minute of the machine hits all alike.
for (let run = 0; run < Number(values.runs); run++) {
  for (const [peer, list] of costs) list.push(await measure(browser, peer));
}
await browser.close();
await site.close();

const baseline = summarise(costs.get(floor) ?? []);
await report('page-cost', subjects.map(row), {
  chromium: browser.version(),
  runs: Number(values.runs),
  unit: 'ms, medians',
});

async function measure(browser: Browser, peer: Peer): Promise<Cost> {
  const collector = await startCollector();
  answerEvents(collector, peer, () => accept);
  const context = await browser.newContext();
  const cookie = { name: 'hubspotutk', value: '0123456789abcdef0123456789abcdef' };
  await context.addCookies([{ ...cookie, url: site.origin }]);
  const page = await context.newPage();
  await page.goto(site.origin);
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');

  const load = await measureLoad(page, scripts.get(peer) ?? '', collector.origin);
  await delay(1_000);
  const before = await taskMs(session);
  const inCalls = await measureCalls(page);
  await delay(afterwardsMs);
  const total = (await taskMs(session)) - before;
  await context.close();
  await collector.close();
  return { load, calls: inCalls, total };
}

function measureLoad(page: Page, code: string, endpoint: string): Promise<number> {
  return page.evaluate(
    ([text, url]) => {
      const script = Object.assign(document.createElement('script'), { text });
      const startedAt = performance.now();
      document.head.append(script);
      window.bench.start(url);
      return performance.now() - startedAt;
    },
    [code, endpoint] as const,
  );
}

function measureCalls(page: Page): Promise<number> {
  return page.evaluate((count) => {
    const startedAt = performance.now();
    for (let i = 0; i < count; i++) window.bench.track('signup', { plan: 'pro', index: String(i) });
    return performance.now() - startedAt;
  }, calls);
}

async function taskMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
}

function summarise(list: readonly Cost[]): Cost {
  const median = (pick: (cost: Cost) => number) =>
    list.map(pick).sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
  return {
    load: median((cost) => cost.load),
    calls: median((cost) => cost.calls),
    total: median((cost) => cost.total),
  };
}

function row(peer: Peer) {
  const cost = summarise(costs.get(peer) ?? []);
  const cell = (value: number, of: number) =>
    `${value.toFixed(1)}${of ? ` (x${(value / of).toFixed(2)})` : ''}`;
  return {
    name: peer.name,
    version: versionOf(peer),
    load: cell(cost.load, baseline.load),
    '1,000 track()': cell(cost.calls, baseline.calls),
    'with what follows': cell(cost.total, baseline.total),
  };
}
