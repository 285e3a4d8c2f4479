import Cookies from '#js-cookie';
import { attempt } from './attempt.ts';

/**
 * The value of a cookie, or the part of it that the pattern finds. js-cookie reads the first cookie of a name. Where that one does not
 * fit (an old script left an empty one on another path) or cannot be read (a form called "cookie" hides `document.cookie`),
 * the text of all is searched, by the prototype's getter. A worker has no document, and a sandboxed frame may not read its
 * cookies: both have none.
 */
export function findCookie(name: string, pattern: string): string | undefined {
  return (
    attempt(() => RegExp(pattern).exec(Cookies.get(name) as string)?.[0]) ||
    attempt(
      () =>
        RegExp(`(?:^|; )${name}=[^;]*?(${pattern})`).exec(
          Reflect.get(Document.prototype, 'cookie', document),
        )?.[1],
    )
  );
}

const TOKEN = '[0-9a-f]{32}';

/**
 * Reads HubSpot's visitor token from its cookies: `hubspotutk`, or the second field of `__hstc` (the first is no 32 digits
 * long); of several with one name, the one that has it. Read it anew for every request: HubSpot deletes the cookies when
 * consent is withdrawn.
 */
export function readVisitor(): string | undefined {
  return findCookie('hubspotutk', TOKEN) || findCookie('__hstc', TOKEN);
}

/** Whether `_hsq.push(['doNotTrack'])` was called for this visitor. HubSpot's script then sends no event, either. */
export function asksNotToBeTracked(): boolean {
  return !!findCookie('__hs_do_not_track', 'yes');
}
