import type { CoreOptions, Tracker } from '@hubrelay/browser/core';
import type { Scheduler } from '../time/scheduler.ts';
import { type Browser, newUuid } from './browser.ts';
import type { OpenTracker, PageGlobals } from './bundle.ts';
import type { Network, Upload } from './network.ts';

/** A tab with the browser's real code in it. */
export interface Page {
  readonly browser: Browser;
  readonly tracker: Tracker;
  /** Closed in order: the page is told. */
  close(): void;
  /** Gone without a word. */
  crash(): void;
  /** Into the back/forward cache, and out of it. */
  freeze(): void;
  thaw(): void;
  /** Such as `online` or `visibilitychange`. */
  dispatch(type: string, more?: object): void;
}

export interface PageTools {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly openTracker: OpenTracker;
}

const STORAGE_EVENT_MS = 2;

type Listener = (event: object) => void;

export function openPage(browser: Browser, options: CoreOptions, tools: PageTools): Page {
  const { scheduler, network } = tools;
  const listeners: [type: string, listener: Listener][] = [];
  const later: { readonly body: string; readonly signal?: PageSignal }[] = [];
  const timers = new Map<number, () => void>();
  const asleep: (() => void)[] = [];
  const openedAt = scheduler.now();
  let lastTimer = 0;
  let state: 'alive' | 'frozen' | 'gone' = 'alive';

  const now = () => scheduler.now() + browser.skewMs;

  /** In a frozen page nothing runs; in one that is gone nothing ever will. */
  function here(run: () => void): () => void {
    return () => {
      if (state === 'frozen') asleep.push(run);
      else if (state === 'alive') run();
    };
  }

  function setTimer(run: () => void, ms = 0): number {
    lastTimer += 1;
    const id = lastTimer;
    const fire = () => {
      timers.delete(id);
      run();
    };
    timers.set(id, scheduler.schedule(here(fire), ms));
    return id;
  }

  function clearTimer(id: number): void {
    timers.get(id)?.();
    timers.delete(id);
  }

  function fetch(_url: string, init: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => here(() => reject(error))();
      const upload: Upload = {
        from: browser,
        body: String(init.body),
        // What is on its way survives the page only with keepalive.
        isCut: () => state === 'gone' && !init.keepalive,
        answered: (response) => here(() => resolve(response))(),
        failed: () => fail(new TypeError('Failed to fetch')),
      };
      (init.signal as PageSignal | null | undefined)?.addEventListener('abort', () =>
        fail(new TypeError('The request was aborted')),
      );
      network.post(upload);
    });
  }

  /** No page hears what becomes of it. */
  function sendBlindly(body: string): true {
    network.post({ from: browser, body, isCut: () => false, answered() {}, failed() {} });
    return true;
  }

  function dispatch(type: string, more: object = {}): void {
    for (const [name, listener] of [...listeners]) if (name === type) listener({ type, ...more });
  }

  /** A `storage` event tells the browser's other pages. */
  function tellOthers(key: string, newValue: string | null): void {
    for (const other of browser.pages)
      if (other !== page)
        scheduler.schedule(() => other.dispatch('storage', { key, newValue }), STORAGE_EVENT_MS);
  }

  function end(): void {
    state = 'gone';
    for (const [name, holder] of browser.locks) if (holder === page) browser.locks.delete(name);
    browser.pages.delete(page);
    // The browser sends what was left with it.
    for (const { body, signal } of later.splice(0)) if (!signal?.aborted) sendBlindly(body);
  }

  const locks = {
    query: async () => ({ held: [...browser.locks.keys()].map((name) => ({ name })) }),
    async request(
      name: string,
      _options: object,
      use: (lock: object | null) => Promise<unknown> | undefined,
    ) {
      if (browser.locks.has(name)) return use(null);
      browser.locks.set(name, page);
      await use({ name });
      if (browser.locks.get(name) === page) browser.locks.delete(name);
    },
  };

  const globals: PageGlobals = {
    globalThis: { location: {}, document: {} },
    window: {},
    location: new URL('https://shop.example/'),
    document: {
      get cookie() {
        return browser.utk && `hubspotutk=${browser.utk}`;
      },
      visibilityState: 'visible',
      hidden: false,
      addEventListener: (type: string, listener: Listener) => listeners.push([type, listener]),
    },
    navigator: {
      language: 'en-US',
      sendBeacon: (_url: string, body: string) => sendBlindly(body),
      locks,
    },
    localStorage: new Proxy(browser.storage, {
      set(target, key, value) {
        target[key as string] = value;
        tellOthers(key as string, value);
        return true;
      },
      deleteProperty(target, key) {
        if (key in target) tellOthers(key as string, null);
        return delete target[key as string];
      },
    }),
    fetch,
    fetchLater: (_url: string, init: { body: string; signal?: PageSignal }) =>
      later.push(init) && {},
    addEventListener: (type: string, listener: Listener) => listeners.push([type, listener]),
    removeEventListener() {},
    setTimeout: setTimer,
    clearTimeout: clearTimer,
    queueMicrotask: (run: () => void) => queueMicrotask(here(run)),
    crypto: { randomUUID: () => newUuid(browser.random) },
    Date: dateOf(now),
    Math: Object.assign(Object.create(Math), { random: browser.random.next }),
    performance: {
      timeOrigin: now() - 1,
      // As in a browser, nothing happens in the first millisecond.
      now: () => scheduler.now() - openedAt + 1,
    },
    AbortController: PageAbortController,
    AbortSignal: {
      timeout(ms: number) {
        const controller = new PageAbortController();
        setTimer(() => controller.abort(), ms);
        return controller.signal;
      },
    },
    console: { debug() {} },
  };

  const page: Page = {
    browser,
    tracker: undefined as never,
    close() {
      if (state === 'frozen') page.thaw();
      dispatch('pagehide', { persisted: false });
      end();
    },
    crash: end,
    freeze() {
      if (state !== 'alive') return;
      dispatch('pagehide', { persisted: true });
      state = 'frozen';
    },
    thaw() {
      if (state !== 'frozen') return;
      state = 'alive';
      for (const run of asleep.splice(0)) run();
      dispatch('pageshow', { persisted: true });
    },
    dispatch: (type, more) => here(() => dispatch(type, more))(),
  };
  browser.pages.add(page);
  const tracker = tools.openTracker(globals)(options);
  return Object.assign(page, { tracker });
}

/** Node's own costs more than all the rest of a page's request: its reason is an error with a stack. */
class PageSignal {
  aborted = false;
  readonly #listeners: (() => void)[] = [];

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.push(listener);
  }

  abort(): void {
    this.aborted = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

class PageAbortController {
  readonly signal = new PageSignal();

  abort(): void {
    this.signal.abort();
  }
}

function dateOf(now: () => number) {
  return class extends Date {
    static override now = now;
    constructor(...given: [] | [number]) {
      super(...((given.length === 0 ? [now()] : given) as [number]));
    }
  };
}
