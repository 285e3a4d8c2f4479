import type { WireEvent } from '@hubrelay/protocol';
import { attempt } from './attempt.ts';
import { markOf } from './mark-of.ts';
import { createOutbox, type Entry } from './outbox.ts';
import type { OnDrop, Outcome } from './outcome.ts';
import { type PropertySource, plainProperties } from './plain-properties.ts';
import { randomUuid } from './random-uuid.ts';
import { createSender, type Visitor } from './sender.ts';
import { toJson } from './to-json.ts';
import type { Consent, EventMap, Tracker } from './tracker.ts';
import { asksNotToBeTracked, readVisitor } from './visitor.ts';
import { warn } from './warn.ts';
import { whenShown } from './when-shown.ts';

/** HubSpot's script sets its cookie much sooner. */
const MISSED_FOR_MS = 10_000;

/** https://w3c.github.io/gpc/ */
type GpcNavigator = Navigator & { globalPrivacyControl?: boolean };

/** How long an event of somebody who was identified on a page before waits for `identify()` on this one. */
const GRACE_MS = 5000;
const NOBODY = '-';

export interface CoreOptions {
  /** Where the relay listens, such as `https://relay.example.com/v1/events` or `/v1/events`. */
  endpoint: string;
  /**
   * Names the outbox in localStorage. Give each tracker of a site its own, of letters, digits, `-` and `_`.
   * @default 'hubrelay'
   */
  name?: string | undefined;
  /**
   * What the visitor allows before `consent()` is called.
   * @default 'granted'
   */
  consent?: Consent | undefined;
  /**
   * Whether Global Privacy Control counts as `denied`.
   * @default true
   */
  respectGpc?: boolean | undefined;
  /**
   * Whether HubSpot's cookie `__hs_do_not_track=yes` counts as `denied`.
   * @default true
   */
  respectDoNotTrack?: boolean | undefined;
  /** A JWT by which your backend vouches for the visitor. */
  identity?: string | undefined;
  /** Told when the relay finds the identity expired: get a fresh one and call `identify()` with it. Until then its events wait. */
  onIdentityExpired?: (() => void) | undefined;
  /** Properties for every event, or a function that gives them at each `track()`. The event's own win. */
  properties?: PropertySource | readonly PropertySource[];
  /** Gives HubSpot's visitor token, asked at each `track()` and before every request. The default reads HubSpot's cookies. */
  visitor?: (() => string | undefined) | undefined;
  /**
   * Gives the answer of a Turnstile or hCaptcha widget, asked before every request, for events that the relay protects:
   * `() => turnstile.getResponse()`.
   */
  challenge?: (() => string | undefined) | undefined;
  /** Returns the event, changed or not, to keep it. What throws or returns anything falsy drops it. */
  beforeSend?: ((event: WireEvent) => WireEvent | null | undefined) | undefined;
  /** Told of every event that will never arrive, and why. */
  onDrop?: OnDrop | undefined;
  /** Told of each step, for a person to read. */
  log?: ((step: string, detail?: unknown) => void) | undefined;
}

/** Starts a tracker with nothing optional in it. On a server, where there is no page, it does nothing. */
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
  challenge = () => undefined,
  beforeSend = (event) => event,
  onDrop,
  log: tell = () => {},
}: CoreOptions): Tracker<Events> {
  const prefix = `${name}.`;
  const own = `${prefix}${Math.random()}.`;
  const waitsUntil = performance.now() + GRACE_MS;
  let count = 1_000_000;
  let isDisabled = false;
  let isClosed = false;
  /** Since when the visitor's cookie is missed. */
  let missedAt = 0;

  const log = (step: string, detail?: unknown) => attempt(() => tell(step, detail));

  const isDenied = () =>
    consent === 'denied' ||
    (respectGpc && (navigator as GpcNavigator).globalPrivacyControl) ||
    (respectDoNotTrack && asksNotToBeTracked());

  const outbox = createOutbox(prefix, own, isDenied, (events, outcome, detail) => {
    log(outcome, events);
    if (outcome === 'rejected') warn('refused by the relay', detail, events);
    if (outcome !== 'accepted') attempt(() => onDrop?.(events, outcome, detail));
  });
  /** JWTs by the mark of whom they name; `null`: expired. Nobody vouches for an event without a mark, or after a logout. */
  const identities: Record<string, string | null | undefined> = { '': '', [NOBODY]: '' };
  /** Marks: who was identified first in this page, and who is now. */
  let first = '';
  let current = '';

  const { _schedule, _flush, _insure, _lookIn, _spill } = createSender(
    endpoint,
    outbox,
    ownership,
    ({ _by }) => {
      identities[_by || first] = null;
      attempt(() => onIdentityExpired?.());
    },
    log,
  );

  /** The visitor's token, if one may be had. */
  const token = () => (consent === 'granted' && !isDenied() && attempt(visitor)) || '';

  /**
   * Tells whose an event is, or nothing while it has to wait: for consent, for a visitor, for an identity that has expired or
   * may still be set. A cookie that is gone means that consent was withdrawn.
   */
  function ownership() {
    const now = token();
    const answer = attempt(challenge);
    const mayWait = performance.now() < waitsUntil;
    return ({ _key, _utk, _by }: Entry): Visitor | undefined => {
      const jwt = identities[_by || (_key.startsWith(own) ? first : '')];
      if (consent !== 'granted') return void log('wait for consent');
      if (jwt === null || (jwt === undefined && mayWait)) return void log('wait for identify()');
      if (now || (jwt && !_utk))
        return { utk: _utk || now || undefined, identity: jwt || undefined, challenge: answer };
      missedAt ||= performance.now();
      if (performance.now() - missedAt > MISSED_FOR_MS) warn('no cookie hubspotutk: events wait');
      return void log('wait for hubspotutk');
    };
  }

  const adopt = () => {
    if (consent === 'granted' && !isClosed) outbox._adopt(() => _lookIn(0));
  };

  const track = (eventName: string, properties: unknown) =>
    new Promise<Outcome>((settle) => {
      const take = () => {
        const uuid = randomUuid();
        const event = {
          uuid,
          eventName: String(eventName),
          properties: plainProperties(
            [common, properties as PropertySource].flat(2) as PropertySource[],
          ),
          occurredAt: Date.now(),
        };
        log('track', event);
        const text = attempt(() => {
          const changed = beforeSend(event);
          return changed && toJson({ ...changed, uuid, utk: token(), by: current });
        });
        const isFull = outbox._isFull();
        const entry = outbox._hold(own + count++, text || toJson(event), settle);
        const reason = !text ? 'before_send' : isDenied() ? 'denied' : isFull && 'outbox_full';
        if (reason) return outbox._finish([entry], reason);
        _schedule();
        // The lock is asked for first: where another page sees the event, it sees that this one lives.
        adopt();
        if (consent === 'granted') outbox._store(entry);
        return undefined;
      };
      whenShown(() => (isClosed ? settle('denied') : void attempt(take)));
    });

  /** Follows the visitor's choice, if it is not too late. */
  function follow(next: Consent): void {
    if (!isDisabled) consent = next;
    const waiting = outbox._take();
    adopt();
    if (consent === 'granted') waiting.forEach(outbox._store);
    _insure();
    _flush();
  }

  function disable(): void {
    follow('denied');
    isDisabled = true;
  }

  /** The first one vouches for what was tracked before, too. */
  function identify(jwt?: string): void {
    current = jwt ? markOf(jwt) : NOBODY;
    first ||= current;
    identities[current] = jwt || '';
    _insure();
    _flush();
  }

  if (globalThis.location) {
    follow(consent);
    // When the page comes back from the back/forward cache, when another tab was closed before it, and if locks do not answer.
    for (const type of ['pageshow', 'visibilitychange']) addEventListener(type, adopt);
    setTimeout(adopt, 6000);
  } else disable();
  if (identity) identify(identity);

  return {
    track: track as Tracker<Events>['track'],
    identify,
    consent: follow,
    flush: _flush,
    disable,
    close() {
      isClosed = true;
      _spill();
    },
  };
}
