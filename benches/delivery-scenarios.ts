import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright';
import { accept, refuse } from '../e2e/collector.ts';
import { answerEvents, type Delivered, marked, type Subject } from './delivery-subject.ts';
import type { Peer } from './peers.ts';

export interface Scenario {
  readonly letter: string;
  readonly title: string;
  readonly run: (subject: Subject, peer: Peer) => Promise<string>;
}

const retryAfterSeconds = 6;

export const scenarios: readonly Scenario[] = [
  {
    letter: 'A',
    title: 'track 3, leave the page in the same task',
    run: async (subject) => {
      const page = await subject.visit();
      await trackAndLeave(page, 3);
      return outOf(3, await subject.atOnce());
    },
  },
  {
    letter: 'B',
    title: 'track 3, close the tab',
    run: async (subject) => {
      const page = await subject.visit();
      await track(page, 3);
      await page.close();
      return outOf(3, await subject.atOnce());
    },
  },
  {
    letter: 'C',
    title: 'track 3, renderer dies 20 ms later; at once -> after another visit',
    run: async (subject) => {
      const page = await subject.visit();
      await track(page, 3);
      await delay(20);
      await crash(page);
      return thenLater(3, await subject.atOnce(), subject);
    },
  },
  {
    letter: 'D',
    title: 'track 60 x 1.5 KB, leave in the same task; at once -> after another visit',
    run: async (subject) => {
      const page = await subject.visit();
      await trackAndLeave(page, 60, 1_500);
      return thenLater(60, await subject.atOnce(), subject);
    },
  },
  {
    letter: 'E',
    title: 'track 3 while the server answers 503; next page when it is back',
    run: async (subject, peer) => {
      const page = await subject.visit();
      answerEvents(subject.collector, peer, () => refuse(503));
      await track(page, 3);
      await delay(2_000);
      await close(page);
      answerEvents(subject.collector, peer, () => accept);
      await subject.revisit();
      return outOf(3, await subject.later(3));
    },
  },
  {
    letter: 'F',
    title: 'offline, track 3, close; online, open again',
    run: async (subject) => {
      const page = await subject.visit();
      await subject.context.setOffline(true);
      await subject.collector.goAway();
      await track(page, 3);
      await delay(1_000);
      await close(page);
      await subject.collector.comeBack();
      await subject.context.setOffline(false);
      await subject.revisit();
      return outOf(3, await subject.later(3));
    },
  },
  {
    letter: 'G',
    title: `track 1, answer 429 with Retry-After: ${retryAfterSeconds}; tries before it is due, delivered after`,
    run: async (subject, peer) => {
      const page = await subject.visit();
      let dueAtMs = Number.POSITIVE_INFINITY;
      answerEvents(subject.collector, peer, () => {
        dueAtMs = Math.min(dueAtMs, performance.now() + retryAfterSeconds * 1_000);
        return performance.now() < dueAtMs - 100 ? refuse(429, String(retryAfterSeconds)) : accept;
      });
      await track(page, 1);
      const { events } = await subject.later(1);
      const refused = subject.attempts().filter(({ answer }) => answer !== accept);
      const early = refused.filter(({ method }) => method !== 'OPTIONS').length - 1;
      return `${Math.max(early, 0)} early, ${events ? 'ok' : 'lost'}`;
    },
  },
  {
    letter: 'H',
    title: 'server down, track 3, close; server up, two tabs open',
    run: async (subject) => {
      const page = await subject.visit();
      await subject.collector.goAway();
      await track(page, 3);
      await delay(1_000);
      await close(page);
      await subject.collector.comeBack();
      await Promise.all([subject.revisit(), subject.revisit()]);
      return outOf(3, await subject.later(3));
    },
  },
];

function track(page: Page, count: number): Promise<void> {
  return page.evaluate(
    (all) => {
      for (const properties of all) window.bench.track('signup', properties);
    },
    Array.from({ length: count }, (_, i) => marked(i)),
  );
}

async function trackAndLeave(page: Page, count: number, bytes?: number): Promise<void> {
  const all = Array.from({ length: count }, (_, i) => marked(i, bytes));
  const left = page.waitForURL('**/other');
  await page.evaluate((events) => {
    setTimeout(() => {
      for (const properties of events) window.bench.track('signup', properties);
      location.href = '/other';
    });
  }, all);
  await left;
}

/** Closes the tab, and waits until what was on its way has met the trouble it was sent into. */
async function close(page: Page): Promise<void> {
  await page.close();
  await delay(500);
}

async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  session.send('Page.crash').catch(() => {});
  await crashed;
}

async function thenLater(count: number, first: Delivered, subject: Subject): Promise<string> {
  await subject.revisit();
  const { events, copies } = await subject.later(count);
  return `${first.events} -> ${events}${copies ? ` dup ${copies}` : ''}`;
}

function outOf(count: number, { events, copies }: Delivered): string {
  return `${events}/${count}${copies ? ` dup ${copies}` : ''}`;
}
