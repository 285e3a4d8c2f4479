import type { PartialAcceptance, Problem, WireBatch } from '@hubrelay/protocol';
import { attempt } from './attempt.ts';
import { byteLength, type Entry, MAX_BODY_BYTES, type Outbox } from './outbox.ts';
import { retryDelayMs } from './retry-timing.ts';
import { toJson } from './to-json.ts';
import { warn } from './warn.ts';

/** https://developer.mozilla.org/docs/Web/API/Window/fetchLater: Chromium sends it even when the page crashes. */
declare const fetchLater: (input: string, init: RequestInit) => object;

const BATCH_AFTER_MS = 250;
const MAX_EVENTS_PER_BATCH = 50;
/** How often to look whether what holds the events back is over (a missing cookie, say): the older the page, the less often. */
const LOOK_AGAIN_MS = 1000;
const LOOK_AGAIN_AT_LEAST_MS = 60_000;
/** A relay that has not answered by then is tried again. Browsers themselves would wait for minutes, or for ever. */
const TIMEOUT_MS = 30_000;

/** Angular counts timers of its zone as work that is not finished: this is the browser's own, where zone.js has replaced it. */
const page = globalThis as { __zone_symbol__setTimeout?: typeof setTimeout };

/** Who the events of a request belong to, and what proves it. */
export type Visitor = Partial<
  Record<keyof Pick<WireBatch, 'utk' | 'identity' | 'challenge'>, string | undefined>
>;

/** What the relay may say. */
type Answer = Partial<PartialAcceptance & Problem>;

/** A way of sending a body, whose events and bytes it is told, too. */
type Send<Result> = (body: string, batch: Entry[], bytes: number) => Result;

/**
 * Empties the outbox towards the relay: one request at a time, of one owner, each answered before its events are forgotten.
 * `ownership` is asked before every request; it tells whose each event is, or nothing if the event has to wait.
 */
export function createSender(
  endpoint: string,
  outbox: Outbox,
  ownership: () => (entry: Entry) => Visitor | undefined,
  onIdentityExpired: (entry: Entry) => void,
  log: (step: string, detail?: unknown) => void,
) {
  let maxEvents = MAX_EVENTS_PER_BATCH;
  let failures = 0;
  let notBefore = 0;
  let inFlight = 0;
  let retryAfter: string | null = null;
  let timer = 0;
  let draining: Promise<boolean> | undefined;
  let isInsuring = false;
  let insurance: AbortController | undefined;

  /** Sees to it that the outbox is looked at within `ms`, but not before the relay wants it. */
  function lookIn(ms: number): void {
    timer ||= (page.__zone_symbol__setTimeout || setTimeout)(
      flush,
      Math.max(ms, notBefore - performance.now()),
    );
  }

  /** There is something new to send. */
  function schedule(): void {
    lookIn(BATCH_AFTER_MS);
    if (!isInsuring) queueMicrotask(insure);
    isInsuring = true;
  }

  /**
   * Gives what can be sent now to a way of sending it. What that way takes is busy, if it says so. Only `post` shares
   * the quota of what is in flight: `fetchLater` has one of its own, and Firefox gives beacons more than Chromium.
   */
  function hand<Result>(send: Send<Result>): Result | undefined {
    const bytesInUse = send === (post as unknown) ? inFlight : 0;
    const entries = performance.now() < notBefore ? [] : outbox._take();
    const ownerOf = entries[0] && ownership();
    let owner = '';
    const batch: Entry[] = [];
    for (const entry of entries) {
      const its = !entry._isBusy && toJson(ownerOf?.(entry));
      owner ||= its || '';
      // A thousand may wait: no more are looked at than go.
      if (its && its === owner && batch.push(entry) >= maxEvents) break;
    }
    while (batch[0]) {
      const body = toJson({
        sentAt: Date.now(),
        ...JSON.parse(owner),
        events: batch.map(({ _event }) => _event),
      });
      const bytes = byteLength(body);
      if (bytes + bytesInUse <= MAX_BODY_BYTES) {
        occupy(batch, true);
        const result = attempt(() => send(body, batch, bytes));
        if (!result) occupy(batch, false);
        return result;
      }
      // Beside its owner's identity it does not even fit alone.
      if (!batch[1] && bytes > MAX_BODY_BYTES) outbox._finish(batch, 'too_large');
      batch.length >>= 1;
    }
    return undefined;
  }

  function occupy(entries: Entry[], isBusy: boolean): void {
    for (const entry of entries) entry._isBusy = isBusy;
  }

  /** Sends a batch and acts on the answer. Tells whether the relay can be asked for more. */
  async function post(body: string, batch: Entry[], bytes: number): Promise<boolean> {
    inFlight += bytes;
    insurance?.abort();
    retryAfter = null;
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        body,
        // The site's own cookies may be more than a server takes, and the body says whose the events are.
        credentials: 'omit',
        // What fails with keepalive may fail by the page's quota of it: every other try goes without.
        keepalive: failures % 2 < 1,
        signal: AbortSignal.timeout?.(TIMEOUT_MS) as AbortSignal,
      });
      // Read it always: an unread body keeps its bytes in Chromium's keepalive quota.
      const text = await response.text();
      log('answer', response.status);
      retryAfter = response.headers.get('retry-after');
      failures = settle(batch, response, text) ? 0 : failures + 1;
    } catch (error) {
      log('answer', error);
      failures++;
    }
    inFlight -= bytes;
    occupy(batch, false);
    if (failures || retryAfter)
      notBefore = performance.now() + retryDelayMs(failures, retryAfter, Date.now(), Math.random());
    return !failures;
  }

  /**
   * Lets go of what the relay has answered for; tells whether it has. What somebody else says before it (a proxy, a firewall,
   * a service worker, a redirect), or the relay about the address, proves nothing.
   */
  function settle(batch: Entry[], { status }: Response, text: string): boolean {
    if (status === 413 && batch[1]) {
      maxEvents = batch.length >> 1;
      return true;
    }
    const { type, code, detail, rejected }: Answer = JSON.parse(text || '{}');
    if (code === 'identity_expired') onIdentityExpired(batch[0] as Entry);
    else if (code === 'origin_not_allowed') {
      // The owner may add it to the relay's list.
      warn('refused by the relay', detail);
      return false;
    } else if (type && code && /4(0[013]|1[35]|22)/.test(`${status}`))
      outbox._finish(batch, status === 413 ? 'too_large' : 'rejected', detail);
    else if (rejected || /20[24]/.test(`${status}`)) {
      const refused = (rejected || []).map(({ index, message }) => {
        const entry = batch[index] as Entry;
        outbox._finish([entry], 'rejected', message);
        return entry;
      });
      outbox._finish(
        batch.filter((entry) => !refused.includes(entry)),
        'accepted',
      );
    } else return false;
    return true;
  }

  async function drain(): Promise<boolean> {
    while (await hand(post));
    draining = undefined;
    const [left] = outbox._take();
    if (left) lookIn(Math.min(LOOK_AGAIN_MS + performance.now() / 10, LOOK_AGAIN_AT_LEAST_MS));
    else outbox._release();
    return !left;
  }

  /** Sends what waits. When nothing more can be sent now, tells whether that was all. */
  function flush(): Promise<boolean> {
    clearTimeout(timer);
    timer = 0;
    draining ||= drain();
    return draining;
  }

  /** Leaves what waits with the browser, to be sent even if the page crashes. A page that may not come back sends it now. */
  function insure(): void {
    isInsuring = false;
    insurance?.abort();
    if (outbox._isOver) spill();
    else if (globalThis.document && document.hidden) flush();
    // No result: what is insured is not on its way yet.
    else hand((body) => void defer(body));
  }

  function defer(body: string): object {
    insurance = new AbortController();
    return fetchLater(endpoint, {
      method: 'POST',
      body,
      credentials: 'omit',
      signal: insurance.signal,
    });
  }

  /**
   * The page's last moment: everything goes out at once, by whatever still takes it; each way has a quota of its own, and
   * Firefox gives beacons more than Chromium. Events stay in storage, since nobody is left to hear the answers.
   */
  function spill(): void {
    // A request without keepalive ends with the page.
    if (failures % 2) occupy(outbox._take(), false);
    failures = 0;
    for (const send of [post, defer, beacon]) while (hand<unknown>(send));
    outbox._leave();
  }

  /** It brings the cookies along, and a relay that gets them goes by them. */
  const beacon = (body: string, [entry]: Entry[]) =>
    document.cookie.includes((entry as Entry)._utk) && navigator.sendBeacon(endpoint, body);

  /** The network is back: a request that fails was made before. A pause that the relay asked for goes on. */
  function online(): void {
    if (draining) failures = -1;
    if (!retryAfter) notBefore = 0;
    flush();
  }

  if (globalThis.location) {
    addEventListener('pagehide', spill);
    addEventListener('pageshow', () => {
      outbox._isOver = false;
    });
    addEventListener('online', online);
    addEventListener('visibilitychange', flush);
  }

  return { _schedule: schedule, _flush: flush, _insure: insure, _lookIn: lookIn, _spill: spill };
}
