// How long does the page's main thread work to load the library, for 1,000 track() calls, and how long does it stand still at
// the start when 1,000 events of 1 KB were left by visits before, on a machine four times slower? Ours beside four others:
//   npm run build && node benches/page-cost.ts [--only name,name] [--runs 5]
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright';
import { accept, refuse, startCollector } from '../e2e/collector.ts';
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
/** What an outage has left: events, and characters of text in each. */
const left = { events: 1_000, chars: 800 };
const slowdown = 4;

/** Milliseconds of the main thread. */
interface Cost {
  /** Compile and run the script, and start. */
  readonly load: number;
  /** In the 1,000 calls themselves: what an event handler of the page waits for. */
  readonly calls: number;
  /** The same and everything that follows from them. */
  readonly total: number;
  /** The longest task in the seconds after a start with `left`: so long the page stands still. */
  readonly freeze: number;
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
  return { load, calls: inCalls, total, freeze: await measureFreeze(browser, peer) };
}

/** In a browser profile of its own: a visit in an outage, then another one when it is over. */
async function measureFreeze(browser: Browser, peer: Peer): Promise<number> {
  const collector = await startCollector();
  answerEvents(collector, peer, () => refuse(503, '3600'));
  const context = await browser.newContext();
  const cookie = { name: 'hubspotutk', value: '0123456789abcdef0123456789abcdef' };
  await context.addCookies([{ ...cookie, url: site.origin }]);
  const page = await context.newPage();
  await page.goto(site.origin);
  if (peer === us) await page.evaluate(leaveAsDeadPages, left);
  else {
    await measureLoad(page, scripts.get(peer) ?? '', collector.origin);
    await page.evaluate(({ events, chars }) => {
      const text = 'x'.repeat(chars);
      for (let i = 0; i < events; i++) window.bench.track('signup', { text, index: String(i) });
    }, left);
    await delay(3_000);
  }
  answerEvents(collector, peer, () => accept);
  await page.goto(site.origin);
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  // Compiling it is another column.
  await page.evaluate((text) => {
    document.head.append(Object.assign(document.createElement('script'), { text }));
  }, scripts.get(peer) ?? '');
  await browser.startTracing(page, {
    categories: [
      'toplevel',
      'devtools.timeline',
      '__metadata',
      'disabled-by-default-devtools.timeline',
    ],
  });
  await page.evaluate((url) => window.bench.start(url), collector.origin);
  await delay(afterwardsMs);
  const freeze = longestTask(await browser.stopTracing());
  await context.close();
  await collector.close();
  return freeze;
}

/** The worst for us: each event was left by another page. */
function leaveAsDeadPages({ events, chars }: { events: number; chars: number }): void {
  const properties = { text: 'x'.repeat(chars) };
  for (let i = 0; i < events; i++) {
    const uuid = crypto.randomUUID();
    const event = { uuid, eventName: 'signup', properties, occurredAt: Date.now() };
    localStorage[`hubrelay.${Math.random()}.1000000`] = JSON.stringify(event);
  }
}

/** Milliseconds of processor time of the longest task of any page: what else the machine does is not in it. */
function longestTask(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const mainThreads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(threadOf),
  );
  const tasks = traceEvents.filter(
    (event) => event.name.endsWith('RunTask') && mainThreads.has(threadOf(event)),
  );
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1_000;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of processor time. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
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
    freeze: median((cost) => cost.freeze),
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
    'longest freeze at the start, 1 MB left, 4x slower': cell(cost.freeze, baseline.freeze),
  };
}
