import type { PartialAcceptance, Problem } from '@hubrelay/protocol';
import { attempt } from './attempt.ts';
import type { CoreOptions } from './core-options.ts';
import { later } from './later.ts';
import { markOf } from './mark-of.ts';
import type { DropReason, Outcome } from './outcome.ts';
import { type PropertySource, plainProperties } from './plain-properties.ts';
import { randomUuid } from './random-uuid.ts';
import { retryDelayMs } from './retry-timing.ts';
import { toJson } from './to-json.ts';
import type { Consent, EventMap, Tracker } from './tracker.ts';
import { asksNotToBeTracked, readVisitor } from './visitor.ts';
import { warn } from './warn.ts';
import { whenShown } from './when-shown.ts';

/** https://developer.mozilla.org/docs/Web/API/Window/fetchLater: Chromium sends it even when the page crashes. */
declare const fetchLater: (input: string, init: RequestInit) => object;

/** https://w3c.github.io/gpc/ */
type GpcNavigator = Navigator & { globalPrivacyControl?: boolean };

const BATCH_AFTER_MS = 250;
/** What the owner is told is added up for so long. */
const REPORT_AFTER_MS = 1_000;
const MAX_EVENTS_PER_BATCH = 50;
/** Of a request, and of one event: a bit less than the 64 KiB that browsers and the relay allow. */
const MAX_BODY_BYTES = 60_000;
/** Of all that this page holds, in characters. Each event counts half a thousand more, which bounds their number, too. */
const MAX_OUTBOX = 1_000_000;
const EXTRA_PER_EVENT = 500;
const MAX_AGE_MS = 604_800_000;
/** Without Web Locks, or where they never answer, an event this old has no page any more. */
const ABANDONED_MS = 30_000;
const LOCKS_ANSWER_WITHIN_MS = 5000;
const LOAD_AT_ONCE = 50;
/** How often to look whether what holds the events back is over (a missing cookie, say): the older the page, the less often. */
const LOOK_AGAIN_MS = 1000;
const LOOK_AGAIN_AT_LEAST_MS = 60_000;
/** A relay that has not answered by then is tried again. Browsers themselves would wait for minutes, or for ever. */
const TIMEOUT_MS = 30_000;
/** HubSpot's script sets its cookie much sooner. */
const MISSED_FOR_MS = 10_000;
/** How long an event of a person who was identified on an earlier page waits for `identify()` on this one. */
const GRACE_MS = 5000;
const LOGGED_OUT = '-';

/** One event that waits until the relay has answered for it. */
interface Entry {
  /** `<page> <uuid> <mark> <utk>`: the page that tracked it, and its owner then (see `markOf`), each of which may be empty. */
  readonly _key: string;
  /** The event as JSON. */
  readonly _text: string;
  /** Hears what became of it, if this page tracked it and was never left. */
  readonly _settle?: ((outcome: Outcome) => void) | undefined;
  /** Whether it is on its way. */
  _isBusy?: boolean;
}

/** A way of sending a body, whose events and bytes it is told, too. */
type Send<Result> = (body: string, batch: Entry[], bytes: number) => Result;

/**
 * Starts a tracker with nothing optional in it. On a server, where there is no page, it does nothing.
 *
 * The events that it sends are in memory until they are answered for, and each under a key of its own in localStorage: pages
 * never overwrite each other, nothing is read in order to be written back, and a page that dies leaves its events to the next
 * one. Every page has an id of its own, never one that a duplicated tab could share, and holds a Web Lock of that name while
 * its events wait: what has no lock, has no page any more.
 */
export function createCoreTracker<Events = EventMap>({
  endpoint,
  name = 'hubrelay',
  consent = 'granted',
  respectGpc = true,
  respectDoNotTrack = true,
  identity,
  onIdentityExpired,
  properties: common,
  visitor = readVisitor,
  challenge,
  beforeSend,
  onDrop,
  log: tell,
  ...unknown
}: CoreOptions): Tracker<Events> {
  const prefix = `${name}.`;
  const own = prefix + randomUuid();
  const disk: Record<string, string> = attempt(() => localStorage) || {};
  const memory = new Map<string, Entry>();
  /** End the Web Locks that this page holds. */
  const ends: (() => void)[] = [];

  /** When the visitor's choice was last told: what is missing is given some time from then. */
  let since = 0;
  /** Whether it was disabled or closed. */
  let isEnded = false;
  /** Whether the page has ended, or rests in the back/forward cache. */
  let isOver = false;
  /** JWTs by the mark of whom they name; `null`: expired. An event without a mark, or after a logout, has no identity. */
  const identities: Record<string, string | null | undefined> = { '': '', [LOGGED_OUT]: '' };
  /** Marks: who was identified first in this page, and who is now. */
  let first = '';
  let current = '';

  let maxEvents = MAX_EVENTS_PER_BATCH;
  let failures = 0;
  let notBefore = 0;
  let bytesInFlight = 0;
  let retryAfter: string | null = null;
  let timer = 0;
  let draining: Promise<boolean> | undefined;
  let isInsuring = false;
  let isReported = false;
  let counts: Record<string, number> = {};
  let reporting = 0;
  let insurance: AbortController | undefined;

  const log = (step: string, detail?: unknown) => attempt(() => tell?.(step, detail));
  const isGranted = () => consent === 'granted';
  const isDenied = () =>
    consent === 'denied' ||
    (respectGpc && (navigator as GpcNavigator).globalPrivacyControl) ||
    (respectDoNotTrack && asksNotToBeTracked());

  /** The visitor's token, if one may be had. */
  const token = () => (isGranted() && !isDenied() && attempt(visitor)) || '';

  /** Copies an event to localStorage, unless that is denied or full. Before consent nothing is stored. */
  const store = ({ _key, _text }: Entry): void => {
    if (isGranted())
      attempt(() => {
        disk[_key] = _text;
      });
  };

  /** Tells the site's owner, and nothing about the visitor, of events that wait or are let go of in the page. */
  const report = (reason: string, events: number): void => {
    counts[reason] = (counts[reason] || 0) + events;
    if (reporting) return;
    reporting = later(() => {
      const body = toJson({ report: counts, ageMs: performance.now() - since });
      attempt(() => fetch(endpoint, { credentials: 'omit', method: 'POST', body }).catch(() => {}));
      counts = {};
      reporting = 0;
    }, REPORT_AFTER_MS);
  };

  /** Lets go of events, except those that another page has let go of meanwhile. */
  const finish = (entries: Entry[], outcome: Outcome, detail?: string): void => {
    const events = entries
      .filter(({ _key }) => memory.delete(_key))
      .map(({ _key, _text, _settle }) => {
        delete disk[_key];
        _settle?.(outcome);
        return JSON.parse(_text);
      });
    if (!events[0]) return;
    log(outcome, events);
    if (/^(ex|to|ou)/.test(outcome) && isGranted()) report(outcome, events.length);
    if (outcome === 'rejected') warn('refused by the relay', detail, events);
    if (outcome !== 'accepted') attempt(() => onDrop?.(events, outcome, detail));
  };

  /** Keys of the events in localStorage that this page does not hold. */
  const others = () =>
    Object.keys(disk).filter((key) => key.startsWith(prefix) && !memory.has(key));

  /** Takes over an event of another page, if it is that old. Drops it if it is too old. */
  const load = (_key: string, minAgeMs = -Infinity): void => {
    attempt(() => {
      const _text = disk[_key] as string;
      const { uuid, occurredAt } = JSON.parse(_text);
      if (uuid && !memory.has(_key) && Date.now() - occurredAt > minAgeMs) {
        const entry = { _key, _text };
        memory.set(_key, entry);
        // By the clock as it was when the page was loaded: nothing expires because the clock was set since.
        if (performance.timeOrigin + performance.now() - occurredAt > MAX_AGE_MS)
          finish([entry], 'expired');
      }
    });
  };

  /** What this page has to send. After a refusal nothing: then all is dropped, what is other pages', too. */
  const take = (): Entry[] => {
    if (isDenied()) {
      for (const key of others()) load(key);
      finish([...memory.values()], 'denied');
    }
    return [...memory.values()];
  };

  /** Asks for a Web Lock, uses it, and holds it while events wait. */
  const claim = (name: string, use?: (lock: unknown) => unknown) =>
    navigator.locks
      ?.request(name, { ifAvailable: true }, async (lock) => {
        await use?.(lock);
        if (lock && memory.size && !isOver) await new Promise<void>((end) => ends.push(end));
      })
      .catch(() => {});

  /** Takes over what pages have left that are not among the living. */
  const takeOver = async (living: unknown[], minAgeMs?: number): Promise<void> => {
    for (const [i, key] of others().entries()) {
      const [page] = key.split(' ');
      // Its own were left when it went into the back/forward cache.
      if (page === own || !living.includes(page)) load(key, minAgeMs);
      // There may be a thousand, and the page must not stand still.
      if (i % LOAD_AT_ONCE > LOAD_AT_ONCE - 2) await new Promise((done) => later(done, 0));
    }
    lookIn(0);
  };

  /** Sends what waits, then takes over what pages that are gone have left. One page at a time looks. */
  const adopt = (): void => {
    flush();
    if (!isGranted() || isOver) return;
    const silent = later(
      () => takeOver([], ABANDONED_MS),
      navigator.locks ? LOCKS_ANSWER_WITHIN_MS : 0,
    );
    // Its own first: where another page sees its events, it sees that this one lives.
    claim(own);
    claim(prefix, async (lock) => {
      clearTimeout(silent);
      if (lock) await takeOver(((await navigator.locks.query()).held || []).map((it) => it.name));
    });
  };

  /** Nothing waits here any more. A page that holds a lock is never frozen. */
  const release = (): void => {
    for (const end of ends.splice(0)) end();
  };

  /** Sees to it that the outbox is looked at within `ms`, but not before the relay wants it. */
  const lookIn = (ms: number): void => {
    timer ||= later(flush, Math.max(ms, 1 + notBefore - performance.now()));
  };

  /**
   * Gives what can be sent now to a way of sending it. What that way takes is busy, if it says so. Only `post` shares
   * the quota of what is in flight: `fetchLater` has one of its own, and Firefox gives beacons more than Chromium.
   */
  const hand = <Result>(send: Send<Result>): Result | undefined => {
    const waiting = performance.now() < notBefore ? [] : take();
    const now = waiting[0] && token();
    const answer = waiting[0] && attempt(challenge as () => string);
    const waitedMs = performance.now() - since;
    let owner = '';
    const batch: Entry[] = [];
    for (const entry of waiting) {
      // Whose it is, or nothing while it has to wait. A cookie that is gone means that consent was withdrawn.
      const [page, , by, utk] = entry._key.split(' ');
      const jwt = identities[by || (page === own ? first : '')];
      const missing = !isGranted()
        ? 'consent'
        : jwt === null || (jwt === undefined && waitedMs < GRACE_MS)
          ? 'identify()'
          : !now && (utk || !jwt) && 'hubspotutk';
      if (missing) {
        log(`wait for ${missing}`);
        if (missing === 'hubspotutk' && waitedMs > MISSED_FOR_MS) {
          warn('no cookie hubspotutk: events wait');
          // Once per page. A cookie that was there is gone on purpose.
          if (!utk && !isReported) {
            isReported = true;
            report(missing, waiting.length);
          }
        }
      } else if (!entry._isBusy) {
        const its = toJson({
          utk: utk || now || undefined,
          identity: jwt || undefined,
          challenge: answer,
        });
        owner ||= its;
        // A thousand may wait: no more are looked at than go.
        if (its === owner && batch.push(entry) >= maxEvents) break;
      }
    }
    while (batch[0]) {
      const body = `{"sentAt":${Date.now()},"events":[${batch.map(({ _text }) => _text)}],${owner.slice(1)}`;
      // A Blob would tell them, too, at three times the cost of `track()`.
      const bytes = new TextEncoder().encode(body).length;
      if (bytes + (send === (post as unknown) ? bytesInFlight : 0) <= MAX_BODY_BYTES) {
        occupy(batch, true);
        const result = attempt(() => send(body, batch, bytes));
        if (!result) occupy(batch, false);
        return result;
      }
      // Beside its owner's identity it does not even fit alone.
      if (!batch[1] && bytes > MAX_BODY_BYTES) finish(batch, 'too_large');
      batch.length >>= 1;
    }
    return undefined;
  };

  const occupy = (entries: Entry[], isBusy: boolean): void => {
    entries.forEach((entry) => {
      entry._isBusy = isBusy;
    });
  };

  /** Sends a batch and acts on the answer. Tells whether the relay can be asked for more. */
  const post = async (body: string, batch: Entry[], bytes: number): Promise<boolean> => {
    bytesInFlight += bytes;
    insurance?.abort();
    retryAfter = null;
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        body,
        // The site's own cookies may be more than a server takes, and the body says whose the events are.
        credentials: 'omit',
        // What fails with keepalive may fail by the page's quota of it: every other try goes without.
        keepalive: failures++ % 2 < 1 || isOver,
        signal: AbortSignal.timeout?.(TIMEOUT_MS) as AbortSignal,
      });
      // Read it always: an unread body keeps its bytes in Chromium's keepalive quota.
      const text = await response.text();
      const { status, redirected, headers } = response;
      retryAfter = headers.get('retry-after');
      if (redirected) warn(`redirected to ${response.url}`);
      const { type, code, detail, rejected }: Partial<PartialAcceptance & Problem> =
        attempt(() => JSON.parse(text)) || {};
      const half = batch.length >> 1;
      if (status === 413 && half) maxEvents = half;
      else if (code === 'identity_expired') {
        identities[(batch[0] as Entry)._key.split(' ')[2] || first] = null;
        warn('refused by the relay', detail, type);
        attempt(onIdentityExpired as () => void);
      } else if ((rejected && status < 300) || (/20[24]/.test(`${status}`) && !text)) {
        for (const { index, message } of rejected || [])
          finish([batch[index] as Entry], 'rejected', message);
        finish(batch, 'accepted');
        if (maxEvents < MAX_EVENTS_PER_BATCH) maxEvents++;
      } else {
        // The owner of the relay may still add the origin to its list; and what this script sends is well-formed, so
        // something on the way has changed it.
        const isKept = /^(origin_|invalid_[jr]|unsup)/.test(`${code}`);
        if (isKept) warn('refused by the relay', detail, type);
        if (isKept || !/hubrelay/.test(`${type}`) || !code || !/4(0[13]|13|22)/.test(`${status}`)) {
          // An answer from before the relay (a proxy, a firewall, a service worker) proves nothing. What it refuses may be one
          // event, which is not to hold up the others.
          if (!code) {
            maxEvents = half || 1;
            for (const entry of batch) if (memory.delete(entry._key)) memory.set(entry._key, entry);
          }
          throw status;
        }
        finish(batch, status === 413 ? 'too_large' : 'rejected', detail);
      }
      failures = 0;
      // What the relay has left out of the events, if anything.
      log('answer', headers.get('x-hubrelay-notes') || status);
    } catch (error) {
      log('answer', error);
    }
    bytesInFlight -= bytes;
    occupy(batch, false);
    if (failures || retryAfter) {
      const ms = retryDelayMs(failures, retryAfter);
      notBefore = performance.now() + ms;
      log('wait until', new Date(Date.now() + ms));
    }
    return !failures;
  };

  const drain = async (): Promise<boolean> => {
    while (await hand(post));
    draining = undefined;
    const [left] = take();
    if (left) lookIn(Math.min(LOOK_AGAIN_MS + performance.now() / 10, LOOK_AGAIN_AT_LEAST_MS));
    else release();
    return !left;
  };

  /** Sends what waits. When nothing more can be sent now, tells whether that was all. */
  const flush = (): Promise<boolean> => {
    clearTimeout(timer);
    timer = 0;
    draining ||= drain();
    return draining;
  };

  /** Leaves what waits with the browser, to be sent even if the page crashes. A page that may not come back sends it now. */
  const insure = (): void => {
    isInsuring = false;
    insurance?.abort();
    if (isOver) spill();
    else if (globalThis.document && document.hidden) flush();
    // No result: what is insured is not on its way yet.
    else hand((body) => void defer(body));
  };

  const defer = (body: string): object => {
    insurance = new AbortController();
    return fetchLater(endpoint, {
      method: 'POST',
      body,
      credentials: 'omit',
      signal: insurance.signal,
    });
  };

  /**
   * The page's last moment: everything goes out at once, by whatever still takes it; each way has a quota of its own, and
   * Firefox gives beacons more than Chromium. Events stay in storage, because no page is left to read the answers.
   */
  const spill = (): void => {
    isOver = true;
    // A request without keepalive ends with the page.
    if (failures % 2 < 1) occupy(take(), false);
    for (const send of [post, defer, beacon]) while (hand<unknown>(send));
    // What is stored is for another page, or for this one when it is back from the cache.
    for (const [key, entry] of memory) {
      entry._isBusy = false;
      if (disk[key]) memory.delete(key);
    }
    release();
  };

  /** It brings the cookies along, and a relay that gets them goes by them. */
  const beacon = (body: string, [entry]: Entry[]) =>
    document.cookie.includes((entry as Entry)._key.split(' ')[3] as string) &&
    navigator.sendBeacon(endpoint, body);

  const track = (eventName: string, properties: unknown) =>
    new Promise<Outcome>((_settle) =>
      whenShown(() => {
        if (isEnded) return _settle('denied');
        const uuid = randomUuid();
        const event = {
          uuid,
          eventName: `${eventName}`,
          properties: plainProperties(
            [common, properties as PropertySource].flat(2) as PropertySource[],
          ),
          occurredAt: Date.now(),
        };
        log('track', event);
        const text = attempt(() => {
          const changed = beforeSend ? beforeSend(event) : event;
          return changed && toJson({ ...changed, uuid });
        });
        let used = 0;
        for (const { _text } of memory.values()) used += _text.length + EXTRA_PER_EVENT;
        const reason: DropReason | false = !text
          ? 'before_send'
          : isDenied()
            ? 'denied'
            : used > MAX_OUTBOX && 'outbox_full';
        const entry: Entry = {
          _key: [own, uuid, current, token()].join(' '),
          _text: text || toJson(event),
          _settle,
        };
        memory.set(entry._key, entry);
        if (reason) return finish([entry], reason);
        // The lock is asked for first: where another page sees the event, it sees that this one lives.
        claim(own);
        store(entry);
        lookIn(BATCH_AFTER_MS);
        if (!isInsuring) queueMicrotask(insure);
        isInsuring = true;
      }),
    );

  /** Follows the visitor's choice, if it is not too late. */
  const follow = (next: Consent): void => {
    if (!isEnded) consent = next;
    since = performance.now();
    take().forEach(store);
    insure();
    adopt();
  };

  const disable = (): void => {
    follow('denied');
    isEnded = true;
  };

  /** The first one vouches for what was tracked before, too. */
  const identify = (jwt?: string): void => {
    current = jwt ? markOf(jwt) : LOGGED_OUT;
    first ||= current;
    identities[current] = jwt || '';
    flush();
  };

  // The queue of the script tag has commands, too.
  for (const option of Object.keys(unknown)) if (!(+option >= 0)) warn(`unknown option: ${option}`);
  if (globalThis.location) {
    addEventListener('pagehide', spill);
    addEventListener('pageshow', () => {
      isOver = false;
      adopt();
    });
    // Another tab may have been closed before this one came to the front.
    addEventListener('visibilitychange', adopt);
    // The network is back: a request that fails was made before. A pause that the relay asked for goes on.
    addEventListener('online', () => {
      failures = 0;
      if (!retryAfter) notBefore = 0;
      flush();
    });
    // Another page has sent an event, or dropped it after a refusal.
    addEventListener('storage', ({ key, newValue }) => newValue ?? memory.delete(key as string));
    follow(consent);
  } else disable();
  if (identity) identify(identity);

  return {
    track: track as Tracker<Events>['track'],
    identify,
    consent: follow,
    flush,
    disable,
    close() {
      spill();
      consent = 'pending';
      isEnded = true;
    },
  };
}
