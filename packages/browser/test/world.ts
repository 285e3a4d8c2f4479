import { createContext, Script } from 'node:vm';
import type { WireBatch } from '@hubrelay/protocol';
import { bundle } from '../build.ts';
import type { Tracker, TrackerOptions } from '../src/index.ts';

/**
 * What the relay does with a request. `unheard`: it accepts, and the answer gets lost. A number is a refusal by the relay, a
 * number in a text one by a proxy before it.
 */
export type RelayMode = 'up' | 'down' | 'unheard' | number | `proxy ${number}`;

const LATENCY_MS = 40;
const endpoint = 'https://relay.example/v1/events';

let script: Promise<Script> | undefined;
const compiled = async () => {
  const { code } = await bundle({
    stdin: {
      contents: `import { createTracker } from './index.ts'; globalThis.createTracker = createTracker;`,
      resolveDir: new URL('../src', import.meta.url).pathname,
      loader: 'ts',
    },
  });
  return new Script(code);
};

/**
 * A website, its visitor's browser and a relay, with a clock that only moves when told to. Every page runs the bundled code
 * in a realm of its own, so that the code finds its clock, storage, locks and network where it finds them in a browser.
 */
export async function createWorld() {
  script ??= compiled();
  const code = await script;
  const timers = new Map<number, { at: number; run: () => void; page?: Page }>();
  const locks = new Map<string, Page>();
  const storage: Record<string, string> = {};
  let lastTimer = 0;

  const world = {
    now: Date.UTC(2026, 0, 1),
    random: seeded(),
    /** By how much somebody has set the clock since the start: `now` is what it shows. */
    clockSetBy: 0,
    setClock(ms: number) {
      world.now += ms;
      world.clockSetBy += ms;
      for (const timer of timers.values()) timer.at += ms;
    },
    relay: 'up' as RelayMode,
    retryAfter: null as string | null,
    /** What the relay tells of events that it took, but not as they were. */
    notes: '',
    /** The code of the relay's refusals. */
    code: 'some_code',
    /** Which requests a firewall before the relay answers with a 403 of its own. */
    refuses: (_batch: WireBatch) => false,
    /** The status of the relay's answer where it has no body. */
    emptyStatus: 204,
    /** The body of the relay's answer. */
    answer: (_batch: WireBatch) => '',
    /** Of an answer that a proxy gives. */
    proxyBody: '<h1>Not here</h1>',
    cookie: 'hubspotutk=0123456789abcdef0123456789abcdef',
    storage,
    /** Which page holds which Web Lock. */
    locks,
    /** Whether requests for one are ever answered. */
    locksAnswer: true,
    /** Every request that reached the relay or tried to, with what it was answered. */
    /** What pages told of events that wait in them. */
    reports: [] as object[],
    requests: [] as { at: number; batch: WireBatch; mode: RelayMode; init: RequestInit }[],
    /** How often the relay accepted each event. */
    accepted: new Map<string, number>(),
    pages: [] as Page[],
    open,
    advance,
    /** Ends a page: `close` tells it before, `crash` does not. */
    close: (page: Page) => end(page, true),
    crash: (page: Page) => end(page, false),
    /** Into the back/forward cache, and out of it. */
    hide: (page: Page) => {
      page.dispatch('pagehide', { persisted: true });
      page.isFrozen = true;
    },
    show: (page: Page) => {
      page.isFrozen = false;
      page.dispatch('pageshow', { persisted: true });
    },
  };

  function setTimer(run: () => void, ms: number, page?: Page): number {
    lastTimer++;
    timers.set(lastTimer, { at: world.now + Math.max(0, ms), run, ...(page && { page }) });
    return lastTimer;
  }

  /** Lets time pass, one timer after the other. */
  async function advance(ms: number): Promise<void> {
    const until = world.now + ms;
    for (;;) {
      await settled();
      const due = [...timers]
        .filter(([, { at, page }]) => at <= until && !page?.isFrozen)
        .sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      timers.delete(due[0]);
      world.now = Math.max(world.now, due[1].at);
      due[1].run();
    }
    world.now = until;
  }

  function receive(init: RequestInit): RelayMode {
    const batch = JSON.parse(String(init.body)) as WireBatch;
    const mode = world.refuses(batch) ? 'proxy 403' : world.relay;
    world.requests.push({ at: world.now, batch, mode, init });
    if (mode === 'up' || mode === 'unheard') {
      for (const { uuid } of batch.events) {
        world.accepted.set(uuid, (world.accepted.get(uuid) ?? 0) + 1);
      }
    }
    return mode;
  }

  function end(page: Page, isTold: boolean): void {
    if (isTold) page.dispatch('pagehide', { persisted: false });
    page.isGone = true;
    for (const [id, timer] of timers) if (timer.page === page) timers.delete(id);
    for (const [name, holder] of locks) if (holder === page) locks.delete(name);
    // The browser sends what was left with it.
    for (const init of page.deferred.splice(0)) if (!init.signal?.aborted) receive(init);
    world.pages.splice(world.pages.indexOf(page), 1);
  }

  /** Opens a page with a tracker on it. `without` names globals that its browser does not have. */
  function open(options: Partial<TrackerOptions> = {}, without: string[] = []): Page {
    const listeners: [string, (event: object) => void][] = [];
    // As in a browser, nothing happens in the first millisecond.
    const opened = world.now - world.clockSetBy - 1;
    const page: Page = {
      isGone: false,
      isFrozen: false,
      inFlight: 0,
      mostInFlight: 0,
      deferred: [],
      dispatch(type, event = {}) {
        for (const [name, listener] of [...listeners])
          if (name === type) listener({ type, ...event });
      },
      tracker: undefined as never,
      globals: {},
    };
    const addEventListener = (type: string, listener: (event: object) => void) =>
      listeners.push([type, listener]);

    function fetch(_url: string, init: RequestInit): Promise<Response> {
      const text = String(init.body);
      if (text.startsWith('{"report"')) {
        world.reports.push(JSON.parse(text));
        return Promise.resolve(new Response(null, { status: 204 }));
      }
      page.inFlight++;
      page.mostInFlight = Math.max(page.mostInFlight, page.inFlight);
      return new Promise((resolve, reject) => {
        // What is on its way survives the page only with keepalive.
        setTimer(() => {
          page.inFlight--;
          if (page.isGone && !init.keepalive) return;
          const mode = receive(init);
          const hear = () => {
            if (page.isGone) return;
            if (mode === 'down' || mode === 'unheard')
              return reject(new TypeError('Failed to fetch'));
            const body =
              mode === 'up'
                ? world.answer(JSON.parse(String(init.body)))
                : typeof mode === 'number'
                  ? JSON.stringify({
                      type: 'https://hubrelay.example/troubleshooting.md#code',
                      code: world.code,
                      detail: 'Because.',
                    })
                  : world.proxyBody;
            const headers = {
              ...(world.retryAfter !== null && { 'retry-after': world.retryAfter }),
              ...(world.notes && { 'x-hubrelay-notes': world.notes }),
            };
            const status =
              mode === 'up'
                ? body
                  ? 200
                  : world.emptyStatus
                : Number(String(mode).replace('proxy ', ''));
            resolve(new Response(status === 204 ? null : body, { status, headers }));
          };
          setTimer(hear, 0, page);
        }, LATENCY_MS);
      });
    }

    const globals: Record<string, unknown> = {
      location: new URL('https://site.example/'),
      Document: {
        prototype: {
          get cookie() {
            return world.cookie;
          },
        },
      },
      document: {
        hidden: false,
        get cookie() {
          return world.cookie;
        },
        addEventListener,
      },
      navigator: {
        language: 'en-US',
        sendBeacon: (_url: string, body: string) => {
          receive({ body });
          return true;
        },
        locks: {
          query: async () => ({ held: [...locks.keys()].map((name) => ({ name })) }),
          async request(
            name: string,
            _options: object,
            use: (lock: object | null) => Promise<unknown> | undefined,
          ) {
            if (!world.locksAnswer) return new Promise(() => {});
            if (locks.has(name)) return use(null);
            locks.set(name, page);
            // The answer comes from another process.
            await settled();
            await use({ name });
            if (locks.get(name) === page) locks.delete(name);
          },
        },
      },
      localStorage: world.storage,
      fetch,
      fetchLater: (_url: string, init: RequestInit) => page.deferred.push(init) && {},
      addEventListener,
      setTimeout: (run: () => void, ms = 0) => setTimer(run, ms, page),
      clearTimeout: (id: number) => timers.delete(id),
      queueMicrotask,
      crypto: { randomUUID: () => crypto.randomUUID() },
      Date: class extends Date {
        static override now = () => world.now;
      },
      performance: {
        timeOrigin: opened,
        now: () => world.now - opened - world.clockSetBy,
      },
      atob,
      TextEncoder,
      AbortController,
      AbortSignal,
      URLSearchParams,
      console,
    };
    for (const name of without) {
      if (name in (globals.navigator as object))
        delete (globals.navigator as Record<string, unknown>)[name];
      delete globals[name];
    }
    const context = createContext(globals);
    code.runInContext(context);
    new Script(`Math.random = random`).runInContext(
      Object.assign(context, { random: () => world.random() }),
    );
    page.globals = globals;
    const { createTracker } = globals as unknown as {
      createTracker: (options: TrackerOptions) => Tracker;
    };
    page.tracker = createTracker({ endpoint, pageProperties: false, ...options });
    world.pages.push(page);
    return page;
  }

  return world;
}

export interface Page {
  tracker: Tracker;
  isGone: boolean;
  isFrozen: boolean;
  inFlight: number;
  mostInFlight: number;
  /** What `fetchLater` was given. */
  readonly deferred: RequestInit[];
  globals: Record<string, unknown>;
  dispatch(type: string, event?: object): void;
}

/** Numbers like those of `Math.random()`, the same in every run. */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Until every promise that can be kept without the clock is kept. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
