import type { Tracker } from './tracker.ts';

interface HubSpotConsent {
  readonly allowed?: boolean;
  readonly categories?: { readonly analytics?: boolean };
}

/**
 * Follows HubSpot's consent banner, also when the visitor changes the choice later. Start the tracker as `pending`:
 * where HubSpot's script is blocked, no choice is ever heard of.
 * https://developers.hubspot.com/docs/api/events/cookie-banner
 */
export function followHubSpotConsent(tracker: Tracker): void {
  const page = globalThis as { _hsp?: unknown[] };
  page._hsp ||= [];
  page._hsp.push([
    'addPrivacyConsentListener',
    ({ allowed, categories }: HubSpotConsent) =>
      tracker.consent(allowed || categories?.analytics ? 'granted' : 'denied'),
  ]);
}
