import { randomUuid } from './random-uuid.ts';
import { readVisitor } from './visitor.ts';

/** HubSpot's script sets its cookie within this time, or it is blocked. */
const GRACE_MS = 3000;
/** 180 days, as HubSpot's. */
const LIFETIME_S = 15_552_000;

/**
 * Reads HubSpot's visitor token, and where HubSpot's script has set none after three seconds, makes one: a cookie like
 * HubSpot's own, so that the script goes on with it should it ever load.
 */
export function mintVisitor(): () => string | undefined {
  const start = Date.now();
  return () => {
    if (!readVisitor() && Date.now() - start > GRACE_MS)
      // biome-ignore lint/suspicious/noDocumentCookie: 32 hex digits need no encoding.
      document.cookie = `hubspotutk=${randomUuid().replace(/-/g, '')};path=/;max-age=${LIFETIME_S};SameSite=Lax`;
    return readVisitor();
  };
}
