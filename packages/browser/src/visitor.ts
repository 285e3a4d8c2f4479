import Cookies from '#js-cookie';
import { attempt } from './attempt.ts';

/** A worker has no document, and a sandboxed frame may not read its cookies: both have none. */
const readCookie = (name: string) => attempt(() => Cookies.get(name));

/**
 * Reads HubSpot's visitor token from its cookies: `hubspotutk`, else the second field of `__hstc` (the first is no
 * 32 digits long). Read it anew for every request: HubSpot deletes the cookies when consent is withdrawn.
 */
export function readVisitor(): string | undefined {
  return /[0-9a-f]{32}/.exec(`${readCookie('hubspotutk')} ${readCookie('__hstc')}`)?.[0];
}

/** Whether `_hsq.push(['doNotTrack'])` was called for this visitor. HubSpot's script then sends no event, either. */
export function asksNotToBeTracked(): boolean {
  return readCookie('__hs_do_not_track') === 'yes';
}
