import Cookies from 'js-cookie';

/**
 * Reads HubSpot's visitor token from its cookies: `hubspotutk`, else the second field of `__hstc`.
 * Read it anew for every request: HubSpot deletes the cookie when consent is withdrawn and gives a new one later.
 */
export function readVisitor(): string | undefined {
  const utk = Cookies.get('hubspotutk') || Cookies.get('__hstc')?.split('.')[1];
  return /^[0-9a-f]{32}$/.test(utk || '') ? utk : undefined;
}
