import { captureHsq } from './capture-hsq.ts';
import { type CoreOptions, createCoreTracker } from './create-core-tracker.ts';
import { followHubSpotConsent } from './follow-hubspot-consent.ts';
import { mintVisitor } from './mint-visitor.ts';
import { pageProperties } from './page-properties.ts';
import type { PropertySource } from './plain-properties.ts';
import { trackClicks } from './track-clicks.ts';
import { trackPageviews } from './track-pageviews.ts';
import type { Consent, EventMap, Tracker } from './tracker.ts';

export interface TrackerOptions extends Omit<CoreOptions, 'consent' | 'log'> {
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

/** Starts a tracker. On a server, where there is no page, it does nothing. */
export function createTracker<Events = EventMap>(options: TrackerOptions): Tracker<Events> {
  const tracker = createCoreTracker<EventMap>({
    ...options,
    properties: [
      options.pageProperties !== false && pageProperties,
      options.properties,
    ] as PropertySource[],
    ...(options.mintVisitor && { visitor: mintVisitor() }),
    // biome-ignore lint/suspicious/noConsole: the owner of the page asked for it.
    ...(options.debug && { log: (...step) => console.debug('hubrelay', ...step) }),
  });
  if (globalThis.document) {
    if (options.consent === 'hubspot') followHubSpotConsent(tracker);
    if (options.captureHsq) captureHsq(tracker);
    if (options.clicks !== false) trackClicks(tracker);
    if (options.pageviewEvent) trackPageviews(tracker, options.pageviewEvent);
  }
  return tracker as Tracker<Events>;
}
