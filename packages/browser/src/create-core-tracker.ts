import type { WireEvent } from '@hubrelay/protocol';
import { adoptLeftovers } from './adopt-leftovers.ts';
import { attempt } from './attempt.ts';
import { createOutbox } from './outbox.ts';
import type { OnDrop, Outcome } from './outcome.ts';
import { type PropertySource, plainProperties } from './plain-properties.ts';
import { randomUuid } from './random-uuid.ts';
import { createSender, type Visitor } from './sender.ts';
import type { Consent, EventMap, Tracker } from './tracker.ts';
import { asksNotToBeTracked, readVisitor } from './visitor.ts';
import { warn } from './warn.ts';
import { whenShown } from './when-shown.ts';

/** HubSpot's script sets its cookie much sooner. */
const MISSED_FOR_MS = 10_000;

/** https://w3c.github.io/gpc/ */
type GpcNavigator = Navigator & { globalPrivacyControl?: boolean };

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
  consent?: Consent | 'hubspot' | undefined;
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
  /** Properties for every event, or a function that gives them at each `track()`. The event's own win. */
  properties?: PropertySource | readonly PropertySource[];
  /** Gives HubSpot's visitor token, asked before every request. The default reads HubSpot's cookies. */
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
  properties: common,
  visitor = readVisitor,
  challenge = () => undefined,
  beforeSend = (event) => event,
  onDrop,
  log: tell = () => {},
}: CoreOptions): Tracker<Events> {
  const prefix = `${name}.`;
  const own = `${prefix}${Math.random()}.`;
  let count = 1_000_000;
  let isDisabled = false;
  /** Since when the visitor's cookie is missed. */
  let missedAt = 0;

  const log = (step: string, detail?: unknown) => attempt(() => tell(step, detail));

  const isDenied = () =>
    consent === 'denied' ||
    (respectGpc && (navigator as GpcNavigator).globalPrivacyControl) ||
    (respectDoNotTrack && asksNotToBeTracked());

  const outbox = createOutbox(prefix, isDenied, (events, outcome, detail) => {
    log(outcome, events);
    if (outcome === 'rejected') warn('refused by the relay', detail, events);
    if (outcome !== 'accepted') attempt(() => onDrop?.(events, outcome, detail));
  });

  const { _schedule: schedule, _flush: flush } = createSender(endpoint, outbox, whoMaySend, log);

  function whoMaySend(): Visitor | undefined {
    if (consent !== 'granted') return void log('wait for consent');
    const utk = attempt(visitor);
    if (utk || identity) return { utk, identity, challenge: attempt(challenge) };
    missedAt ||= performance.now();
    if (performance.now() - missedAt > MISSED_FOR_MS) warn('no cookie hubspotutk: events wait');
    return void log('wait for hubspotutk');
  }

  const track = (eventName: string, properties: unknown) =>
    new Promise<Outcome>((settle) => {
      whenShown(
        () =>
          void attempt(() => {
            const uuid = randomUuid();
            const key = own + count++;
            const event = {
              uuid,
              eventName,
              properties: plainProperties(
                [common, properties as PropertySource].flat(2) as PropertySource[],
              ),
              occurredAt: Date.now(),
            };
            log('track', event);
            outbox._settlers[key] = settle;
            const text = attempt(() => {
              const changed = beforeSend(event);
              return changed && JSON.stringify({ ...changed, uuid });
            });
            outbox._add({ _key: key, _event: event }, text);
            if (consent === 'granted') outbox._store();
            schedule();
          }),
      );
    });

  /** Follows the visitor's choice, if it is not too late. */
  function follow(next: Consent | 'hubspot'): void {
    if (!isDisabled) consent = next;
    outbox._take();
    if (consent === 'granted') outbox._store();
    flush();
  }

  function disable(): void {
    follow('denied');
    isDisabled = true;
  }

  if (globalThis.location) {
    const start = () => adoptLeftovers(own, outbox, schedule);
    start();
    follow(consent);
    // Also when the page comes back from the back/forward cache.
    addEventListener('pageshow', start);
  } else disable();

  return {
    track: track as Tracker<Events>['track'],
    identify(jwt) {
      identity = jwt;
      flush();
    },
    consent: follow,
    flush,
    disable,
  };
}
