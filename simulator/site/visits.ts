import type { Effect } from '../hubspot/effect.ts';
import type { Ledger } from '../laws/ledger.ts';
import type { Random } from '../time/random.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Trace } from '../time/trace.ts';
import { type Browser, createBrowser } from './browser.ts';
import { openPage, type Page, type PageTools } from './page.ts';

/** The visitors of a site: they come, do something, and go, each in their own way. */
export interface Visits {
  /** @param until no further visitor comes after it, epoch milliseconds */
  begin(eventsPerSecond: (now: number) => number, until: number): void;
  /** This part of the events to come is at fault. */
  spoil(fate: Effect, share: number): void;
  browsers(): readonly Browser[];
  /** Visitors who are still doing something, so that there are more events to come. */
  underWay(): number;
  /** The visitor comes back, and stays. */
  comeBack(browser: Browser): void;
}

export interface VisitsTools extends PageTools {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly trace: Trace;
  /** Visitors who stay until their events are away, so that it can be told what a relay did for them. */
  readonly areLoyal: boolean;
  /** Either all events of a visitor are at fault or none: without storage they wait for each other. */
  readonly isByVisitor: boolean;
}

const NAMES = ['signup', 'order', 'demo_booked', 'duplicate_lead', 'order_already_sent'];
const EVENTS_PER_VISIT = 4;
const STAYS_MS = 600_000;
const MOST_BROWSERS = 300;
const ENDPOINT = 'https://relay.example/v1/events';

export function createVisits(tools: VisitsTools): Visits {
  const { scheduler, random, ledger, trace } = tools;
  const browsers: Browser[] = [];
  let number = 0;
  let end = 0;
  let underWay = 0;
  let latest: string | undefined;
  let spoilt: { readonly fate: Effect; readonly share: number } | undefined;

  function someBrowser(): Browser {
    const isNew = browsers.length < 3 || (browsers.length < MOST_BROWSERS && random.chance(0.5));
    if (!isNew) return random.pick(browsers);
    const name = `visitor ${browsers.length + 1}`;
    const browser = createBrowser(name, random.fork(name));
    browsers.push(browser);
    return browser;
  }

  function open(browser: Browser): Page {
    return openPage(
      browser,
      {
        endpoint: ENDPOINT,
        // The only place that knows both what the site meant and the uuid it got.
        beforeSend(event) {
          const properties = event.properties as Record<string, string>;
          const chance = tools.isByVisitor ? browser.badness : random.next();
          const drawn = spoilt && chance < spoilt.share ? spoilt.fate : undefined;
          if (tools.isByVisitor) browser.fate ??= drawn;
          const fate = tools.isByVisitor ? browser.fate : drawn;
          const { uuid, eventName } = event;
          latest = uuid;
          ledger.track({ uuid, eventName, properties, utk: browser.utk, ...(fate && { fate }) });
          return event;
        },
        onDrop(events, reason, detail) {
          for (const { uuid } of events) ledger.finished(uuid, reason, detail);
        },
      },
      tools,
    );
  }

  function track(page: Page): void {
    number += 1;
    latest = undefined;
    const outcome = page.tracker.track(random.pick(NAMES), { number: `${number}` });
    const uuid = latest;
    if (trace.isOn) trace.note(page.browser.name, `tracks ${uuid}`);
    if (uuid) void outcome.then((what) => ledger.finished(uuid, what));
  }

  function visit(): void {
    const page = open(someBrowser());
    let left = random.between(1, 2 * EVENTS_PER_VISIT - 1);
    underWay += 1;
    const act = () => {
      const isGone = !page.browser.pages.has(page);
      if (isGone || left === 0) underWay -= 1;
      if (isGone) return;
      if (left === 0) return leave(page);
      left -= 1;
      track(page);
      scheduler.schedule(act, left === 0 && tools.areLoyal ? 60_000 : random.exponential(4000));
    };
    act();
  }

  function leave(page: Page): void {
    // A visitor who is still here when no other comes stays, so that it can be told whether their page goes on.
    if (scheduler.now() >= end) return;
    const how = tools.areLoyal ? 1 : random.next();
    if (how < 0.1) page.crash();
    else if (how < 0.2) page.freeze();
    else if (how < 0.3) scheduler.schedule(() => closeLate(page), STAYS_MS);
    else page.close();
  }

  function closeLate(page: Page): void {
    if (scheduler.now() < end && page.browser.pages.has(page)) page.close();
  }

  return {
    begin(eventsPerSecond, until) {
      end = until;
      const untilNextMs = () =>
        random.exponential((1000 * EVENTS_PER_VISIT) / eventsPerSecond(scheduler.now()));
      const next = () => {
        if (scheduler.now() >= end) return;
        visit();
        scheduler.schedule(next, untilNextMs());
      };
      scheduler.schedule(next, untilNextMs());
    },
    spoil(fate, share) {
      spoilt = { fate, share };
    },
    browsers: () => browsers,
    underWay: () => underWay,
    comeBack: (browser) => void open(browser),
  };
}
