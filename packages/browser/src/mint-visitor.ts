import { randomUuid } from './random-uuid.ts';
import { findCookie, readVisitor } from './visitor.ts';

/** HubSpot's script sets its cookie within this time, or it is blocked. */
const GRACE_MS = 3000;
/** 180 days, as HubSpot's. */
const LIFETIME_S = 15_552_000;

/** HubSpot's banner was declined, as a whole or for analytics: `__hs_cookie_cat_pref` is `1:false,2:…`. */
const isDeclined = () =>
  findCookie('__hs_opt_out', 'yes') || findCookie('__hs_cookie_cat_pref', '\\b1(:|%3A)false');

/**
 * Reads HubSpot's visitor token, and where HubSpot's script has set none after three seconds, makes one: a cookie like
 * HubSpot's own, so that the script goes on with it should it ever load. Never after the visitor has declined cookies; a
 * tracker asks for it only while consent is granted.
 */
export function mintVisitor(): () => string | undefined {
  const start = performance.now();
  return () => {
    if (!readVisitor() && performance.now() - start > GRACE_MS && !isDeclined())
      // biome-ignore lint/suspicious/noDocumentCookie: 32 hex digits need no encoding.
      document.cookie = `hubspotutk=${randomUuid().replace(/-/g, '')};path=/;max-age=${LIFETIME_S};SameSite=Lax`;
    return readVisitor();
  };
}
