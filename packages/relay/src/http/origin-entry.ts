import { getDomain } from 'tldts';

/**
 * What frames without an origin of their own send (`<iframe sandbox>`, `data:`, local files). Any website can open one, so it
 * says nothing of who sends: events from there need an identity.
 */
export const NULL_ORIGIN = 'null';

/** Pages that a developer's own machine serves, on whatever port. */
const OWN_MACHINE = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\]):\*$/;

/** Says what is wrong with an entry of the allow-list, or undefined when it is fine. */
export function originProblem(entry: string): string | undefined {
  if (entry === NULL_ORIGIN || OWN_MACHINE.test(entry)) return undefined;
  if (entry === '*') {
    return '"*" would let every website write to your HubSpot account: list your origins instead';
  }
  const text = entry.replace('://*.', '://wildcard.');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    return `"${entry}" is not an origin: write scheme and host, such as https://www.example.com`;
  }
  const expected = text === entry ? url.origin : url.origin.replace('://wildcard.', '://*.');
  if (expected !== entry) return `"${entry}" is more than an origin: write ${expected}`;
  return wildcardProblem(entry, url.hostname.replace('wildcard.', ''));
}

/**
 * A URL may have a `*` anywhere in its host. Only `://*.` before a name that one owner has registered is one owner's: below
 * a public suffix (`co.uk`, `github.io`) anyone can have a name. The suffixes are https://publicsuffix.org's.
 */
function wildcardProblem(entry: string, parent: string): string | undefined {
  if (!entry.includes('*')) return undefined;
  if (!entry.includes('://*.') || entry.split('*').length > 2) {
    return `"${entry}" would let in websites that are not yours: a "*" stands for subdomains, as in https://*.example.com`;
  }
  if (parent === 'localhost' || getDomain(parent, { allowPrivateDomains: true })) return undefined;
  return `"${entry}" would let in websites that are not yours: anyone can have a name below ${parent}; write your own, as in https://*.example.com`;
}
