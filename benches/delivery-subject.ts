import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright';
import { accept, type CollectedRequest, type Collector, startCollector } from '../e2e/collector.ts';
import type { Peer } from './peers.ts';

// A connection to another continent takes about this long; on loopback even a doomed request would arrive.
const latencyMs = 200;
const settleMs = 1_500;
const atOnceMs = 3_000;
const laterMs = 15_000;
const quietMs = 2_500;

declare global {
  interface Window {
    bench: {
      start(endpoint: string): void;
      track(name: string, properties: Record<string, string>): void;
    };
  }
}

/** One library in one fresh profile, with a receiving end of its own. */
export interface Subject {
  readonly context: BrowserContext;
  readonly collector: Collector;
  /** Opens a tab with the library in it, and gives it time to start. */
  visit(): Promise<Page>;
  /** Opens one after something went wrong, with an event of its own for libraries that send at the next event. */
  revisit(): Promise<Page>;
  /** What arrived of these events when it is quiet, at most `laterMs` from now. */
  later(count: number): Promise<Delivered>;
  /** What arrived within the time that a request needs to get through. */
  atOnce(): Promise<Delivered>;
  /** Requests that carried one of these events. */
  attempts(): readonly CollectedRequest[];
  close(): Promise<void>;
}

export interface Delivered {
  readonly events: number;
  /** Copies beyond the first. Many libraries mark events, so that a server can tell. */
  readonly copies: number;
}

const markerPattern = /bench-marker-\d+-/g;

/** Properties by which the collector finds event `index` in any library's format. */
export function marked(index: number, bytes = 0): Record<string, string> {
  return { marker: `bench-marker-${index}-`, ...(bytes ? { text: 'x'.repeat(bytes) } : {}) };
}

/** Opens a fresh profile for one library. `siteOrigin` serves `/<name>` with it and `/other` without. */
export async function openSubject(
  browser: Browser,
  peer: Peer,
  siteOrigin: string,
): Promise<Subject> {
  const context = await browser.newContext({ userAgent: userAgent(browser) });
  await context.addCookies([
    { name: 'hubspotutk', value: '0123456789abcdef0123456789abcdef', url: siteOrigin },
  ]);
  const collector = await startCollector({ latencyMs });
  answerEvents(collector, peer, () => accept);

  const visit = async () => {
    const page = await context.newPage();
    await page.goto(`${siteOrigin}/${peer.name}?${collector.origin}`);
    await delay(settleMs);
    return page;
  };
  return {
    context,
    collector,
    visit,
    revisit: async () => {
      const page = await visit();
      await page.evaluate(() => window.bench.track('unrelated', { plan: 'pro' }));
      return page;
    },
    later: (count) => settled(collector, count),
    atOnce: async () => {
      await delay(atOnceMs);
      return delivered(collector);
    },
    attempts: () => collector.requests.filter(({ body, url }) => markers(url + body).length > 0),
    close: async () => {
      await context.close();
      await collector.close();
    },
  };
}

/** From now on events get this answer. What a library needs to start is always answered. */
export function answerEvents(
  collector: Collector,
  { configuration = {} }: Peer,
  answer: () => typeof accept,
): void {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(configuration);
  collector.answer = (call) =>
    call.method === 'GET' ? { kind: 'status', status: 200, headers, body } : answer();
}

/** Waits until all are here and no copy follows, or nothing more can be expected. */
async function settled(collector: Collector, count: number): Promise<Delivered> {
  const deadline = performance.now() + laterMs;
  while (performance.now() < deadline) {
    await delay(250);
    const lastAt = collector.requests.at(-1)?.atMs ?? 0;
    if (delivered(collector).events >= count && performance.now() - lastAt > quietMs) break;
  }
  return delivered(collector);
}

function delivered(collector: Collector): Delivered {
  const accepted = collector.requests.filter(
    ({ method, answer }) => method !== 'OPTIONS' && answer.kind === 'status' && answer.status < 300,
  );
  const all = accepted.flatMap(({ url, body }) => markers(url + body));
  const events = new Set(all).size;
  return { events, copies: all.length - events };
}

function markers(text: string): string[] {
  return [...new Set((text + inBase64(text)).match(markerPattern))];
}

/** Some beacons, such as PostHog's, carry `data=` and base64. */
function inBase64(text: string): string {
  const [, data = ''] = /data=([\w%+/=-]+)/.exec(text) ?? [];
  return Buffer.from(decodeURIComponent(data), 'base64').toString();
}

// Several libraries stay silent in a browser that calls itself headless.
function userAgent(browser: Browser): string {
  const major = browser.version().split('.')[0];
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
}
