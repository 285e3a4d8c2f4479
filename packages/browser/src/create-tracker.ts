import { captureHsq } from './capture-hsq.ts';
import type { CoreOptions } from './core-options.ts';
import { createCoreTracker } from './create-core-tracker.ts';
import { followHubSpotConsent } from './follow-hubspot-consent.ts';
import { mintVisitor } from './mint-visitor.ts';
import { type PageUrlOptions, pageProperties } from './page-properties.ts';
import type { PropertySource } from './plain-properties.ts';
import { trackClicks } from './track-clicks.ts';
import { trackPageviews } from './track-pageviews.ts';
import type { Consent, EventMap, Tracker } from './tracker.ts';

export interface TrackerOptions extends Omit<CoreOptions, 'consent' | 'log'>, PageUrlOptions {
  /**
   * What the visitor allows before `consent()` is called. `hubspot` waits for HubSpot's banner and follows it.
   * @default 'granted'
   */
  consent?: Consent | 'hubspot' | undefined;
  /**
   * Whether events get HubSpot's own page properties (`hs_page_url`, `hs_page_title`, …).
   * @default true
   */
  pageProperties?: boolean | undefined;
  /**
   * Whether elements with `data-hubrelay-event` are tracked.
   * @default true
   */
  clicks?: boolean | undefined;
  /** The event to track for every page shown, single-page apps included. Without it, none is tracked. */
  pageviewEvent?: string | undefined;
  /**
   * Whether to take over `_hsq.push(['trackCustomBehavioralEvent', …])`.
   * @default false
   */
  captureHsq?: boolean | undefined;
  /**
   * Whether to make a `hubspotutk` cookie where HubSpot's script has set none after three seconds.
   * @default false
   */
  mintVisitor?: boolean | undefined;
  /**
   * Whether to explain each step in the console.
   * @default false
   */
  debug?: boolean | undefined;
}

/** The trackers of a page by name, those of another copy of this module, too. */
export function trackersOf(page: object): Record<string, Tracker> {
  const id = Symbol.for('hubrelay');
  const holder = page as Record<symbol, Record<string, Tracker> | undefined>;
  holder[id] ||= {};
  return holder[id];
}

/**
 * Starts a tracker, or gives the one of this name that the page has already: its options stay. On a server, where there is
 * no page, it does nothing.
 */
export function createTracker<Events = EventMap>(options: TrackerOptions): Tracker<Events> {
  const trackers = globalThis.document ? trackersOf(globalThis) : {};
  const { name = 'hubrelay' } = options;
  const found = trackers[name];
  if (found) return found as Tracker<Events>;
  const tracker = start(options);
  const { close } = tracker;
  tracker.close = () => {
    delete trackers[name];
    close();
  };
  trackers[name] = tracker;
  return tracker as Tracker<Events>;
}

function start(options: TrackerOptions): Tracker {
  const tracker = createCoreTracker({
    ...options,
    properties: [
      options.pageProperties !== false && (() => pageProperties(options)),
      options.properties,
    ] as PropertySource[],
    ...(options.mintVisitor && { visitor: mintVisitor() }),
    // biome-ignore lint/suspicious/noConsole: the owner of the page asked for it.
    ...(options.debug && { log: (...step) => console.info('hubrelay', ...step) }),
  } as CoreOptions);
  if (globalThis.document) {
    if (options.consent === 'hubspot') followHubSpotConsent(tracker);
    if (options.captureHsq) captureHsq(tracker);
    if (options.clicks !== false) trackClicks(tracker);
    if (options.pageviewEvent) trackPageviews(tracker, options.pageviewEvent, options);
  }
  return tracker;
}
