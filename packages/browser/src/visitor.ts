import Cookies from 'js-cookie';

/**
 * Reads HubSpot's visitor token from its cookies: `hubspotutk`, else the second field of `__hstc` (the first is no
 * 32 digits long). Read it anew for every request: HubSpot deletes the cookies when consent is withdrawn.
 */
export function readVisitor(): string | undefined {
  return /[0-9a-f]{32}/.exec(`${Cookies.get('hubspotutk')} ${Cookies.get('__hstc')}`)?.[0];
}

/** Whether `_hsq.push(['doNotTrack'])` was called for this visitor. HubSpot's script then sends no event, either. */
export function asksNotToBeTracked(): boolean {
  return Cookies.get('__hs_do_not_track') === 'yes';
}
