import type { PartialAcceptance, WireBatch } from '@hubrelay/protocol';
import { attempt } from './attempt.ts';
import { byteLength, type Entry, MAX_BODY_BYTES, type Outbox } from './outbox.ts';
import { retryDelayMs } from './retry-timing.ts';

/** https://developer.mozilla.org/docs/Web/API/Window/fetchLater: Chromium sends it even when the page crashes. */
declare const fetchLater: (input: string, init: RequestInit) => object;

const BATCH_AFTER_MS = 250;
const MAX_EVENTS_PER_BATCH = 50;
/** How often to look whether what holds the events back is over: a missing cookie, a request on its way. */
const LOOK_AGAIN_MS = 1000;
/** A relay that has not answered by then is tried again. Browsers themselves would wait for minutes, or for ever. */
const TIMEOUT_MS = 30_000;

/** Angular counts timers of its zone as work that is not finished: this is the browser's own, where zone.js has replaced it. */
const page = globalThis as { __zone_symbol__setTimeout?: typeof setTimeout };

/** Who the events of a request belong to. */
export type Visitor = Partial<
  Record<keyof Pick<WireBatch, 'utk' | 'identity' | 'challenge'>, string | undefined>
>;

/** A way of sending a body, whose events and bytes it is told, too. */
type Send<Result> = (body: string, batch: Entry[], bytes: number) => Result;

/**
 * Empties the outbox towards the relay: one request at a time, each answered before its events are forgotten.
 * `visitor` is asked before every request; nothing is sent as long as it gives nothing.
 */
export function createSender(
  endpoint: string,
  outbox: Outbox,
  visitor: () => Visitor | undefined,
  log: (step: string, detail?: unknown) => void,
) {
  /** What is on its way. */
  const busy = new Set<string>();
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
      Math.max(ms, notBefore - Date.now()),
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
    const batch = outbox
      ._take()
      .filter(({ _key }) => !busy.has(_key))
      .slice(0, maxEvents);
    const who = batch[0] && Date.now() >= notBefore && visitor();
    while (who && batch[0]) {
      const body = JSON.stringify({
        sentAt: Date.now(),
        ...who,
        events: batch.map(({ _event }) => _event),
      });
      const bytes = byteLength(body);
      if (bytes + bytesInUse <= MAX_BODY_BYTES) {
        for (const { _key } of batch) busy.add(_key);
        const result = attempt(() => send(body, batch, bytes));
        if (!result) free(batch);
        return result;
      }
      batch.length >>= 1;
    }
    return undefined;
  }

  function free(batch: Entry[]): void {
    for (const { _key } of batch) busy.delete(_key);
  }

  /** Sends a batch and acts on the answer. Tells whether the relay can be asked for more. */
  async function post(body: string, batch: Entry[], bytes: number): Promise<boolean> {
    inFlight += bytes;
    insurance?.abort();
    retryAfter = null;
    try {
      // What fails with keepalive may fail by the page's quota of it: every other try goes without.
      const response = await fetch(endpoint, {
        method: 'POST',
        body,
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
    free(batch);
    if (failures)
      notBefore = Date.now() + retryDelayMs(failures, retryAfter, Date.now(), Math.random());
    return !failures;
  }

  /** Lets go of what the relay has answered for; tells whether it has. */
  function settle(batch: Entry[], { ok, status }: Response, text: string): boolean {
    // An origin that is missing from the relay's list may be added to it.
    const isPermanent = /^4(?!08|25|29)/.test(`${status}`) && !/"origin_not/.test(text);
    if (ok) {
      // A 200 that is not the relay's own has no JSON, throws, and proves nothing.
      const { rejected = [] } = JSON.parse(text || '{}') as Partial<PartialAcceptance>;
      for (const { index, message } of rejected)
        outbox._finish(batch.slice(index, index + 1), 'rejected', message);
      outbox._finish(batch, 'accepted');
    } else if (status === 413 && batch[1]) maxEvents = batch.length >> 1;
    else if (isPermanent) outbox._finish(batch, status === 413 ? 'too_large' : 'rejected', text);
    return ok || isPermanent;
  }

  async function drain(): Promise<boolean> {
    while (await hand(post));
    draining = undefined;
    const [left] = outbox._take();
    if (left) lookIn(LOOK_AGAIN_MS);
    return !left;
  }

  /** Sends what waits. When nothing more can be sent now, tells whether that was all. */
  function flush(): Promise<boolean> {
    clearTimeout(timer);
    timer = 0;
    draining ||= drain();
    return draining;
  }

  /** Leaves what waits with the browser, to be sent even if the page crashes. */
  function insure(): void {
    isInsuring = false;
    insurance?.abort();
    // No result: what is insured is not on its way yet.
    hand((body) => void defer(body));
  }

  function defer(body: string): object {
    insurance = new AbortController();
    return fetchLater(endpoint, { method: 'POST', body, signal: insurance.signal });
  }

  /**
   * The page's last moment: everything goes out at once, by whatever still takes it; each way has a quota of its own, and
   * Firefox gives beacons more than Chromium. Events stay in storage, since nobody is left to hear the answers.
   */
  function spill(): void {
    for (const send of [post, defer, beacon]) while (hand<unknown>(send));
    busy.clear();
    outbox._mine.clear();
  }

  const beacon = (body: string) => navigator.sendBeacon(endpoint, body);

  /** The network is back. A pause that the relay asked for goes on. */
  function online(): void {
    if (!retryAfter) notBefore = 0;
    flush();
  }

  if (globalThis.location) {
    addEventListener('pagehide', spill);
    addEventListener('online', online);
    addEventListener('visibilitychange', flush);
  }

  return { _schedule: schedule, _flush: flush };
}
