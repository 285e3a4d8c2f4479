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
import { warn } from './warn.ts';

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

/** Where a page keeps its tracker of a name, also for another copy of this module. */
export const idOf = (name: string) => Symbol.for(`hubrelay.${name}`);

/**
 * Starts a tracker, or gives the one of this name that the page has already: its options stay. On a server, where there is
 * no page, it does nothing.
 */
export function createTracker<Events = EventMap>({
  pageProperties: hasPageProperties = true,
  hashRoutes,
  secretParameters,
  clicks = true,
  pageviewEvent,
  captureHsq: capturesHsq,
  mintVisitor: mintsVisitor,
  debug,
  properties,
  ...core
}: TrackerOptions): Tracker<Events> {
  const { name = 'hubrelay', consent } = core;
  const page = (globalThis.document ? globalThis : {}) as Record<symbol, Tracker | undefined>;
  const id = idOf(name);
  const found = page[id];
  if (found) {
    // It is the script tag's.
    if ('push' in found) warn(`${name} is there already`);
    return found as Tracker<Events>;
  }
  const urlOptions: PageUrlOptions = { hashRoutes, secretParameters };
  const tracker = createCoreTracker({
    ...core,
    properties: [
      hasPageProperties && (() => pageProperties(urlOptions)),
      properties,
    ] as PropertySource[],
    ...(mintsVisitor && { visitor: mintVisitor() }),
    // biome-ignore lint/suspicious/noConsole: the owner of the page asked for it.
    ...(debug && { log: (...step) => console.info('hubrelay', ...step) }),
  } as CoreOptions);
  if (globalThis.document) {
    if (consent === 'hubspot') followHubSpotConsent(tracker);
    if (capturesHsq) captureHsq(tracker);
    if (clicks) trackClicks(tracker);
    if (pageviewEvent) trackPageviews(tracker, pageviewEvent, urlOptions);
  }
  const { close } = tracker;
  tracker.close = () => {
    delete page[id];
    close();
  };
  page[id] = tracker;
  return tracker as Tracker<Events>;
}
