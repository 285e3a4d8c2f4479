import { attempt } from './attempt.ts';

/**
 * A worker has no document, and a sandboxed frame may not read its cookies: both have none. Of a page with a field or form
 * called "cookie" they are read by the prototype's getter.
 */
export function findCookie(pattern: RegExp): string | undefined {
  return attempt(() => {
    const { cookie } = document;
    const text =
      typeof cookie === 'string' ? cookie : Reflect.get(Document.prototype, 'cookie', document);
    return pattern.exec(text)?.[1];
  });
}

/**
 * Reads HubSpot's visitor token from its cookies: `hubspotutk`, or the second field of `__hstc` (the first is no 32 digits
 * long); of several with one name, the one that has it. Read it anew for every request: HubSpot deletes the cookies when
 * consent is withdrawn.
 */
export function readVisitor(): string | undefined {
  return findCookie(/(?:^|; )(?:hubspotutk|__hstc)=[^;]*?([0-9a-f]{32})/);
}

/** Whether `_hsq.push(['doNotTrack'])` was called for this visitor. HubSpot's script then sends no event, either. */
export function asksNotToBeTracked(): boolean {
  return !!findCookie(/(?:^|; )__hs_do_not_track=(yes)/);
}
