import type { PageOfSite } from './fetch-page.ts';
import { type Finding, fail, ok, unknown, warn } from './finding.ts';

/** Whether the page's Content-Security-Policy lets the script, its events and HubSpot's tracking code through. */
export function policyFindings(page: PageOfSite, relay: string): Finding[] {
  const check = `Content-Security-Policy of ${page.url}`;
  if (page.policies.length === 0) return [ok(check, 'there is none')];
  const script = worst(page, 'script', relay);
  const connect = worst(page, 'connect', relay);
  return [relayFinding(check, { script, connect }, relay), ...trackingFindings(check, page)];
}

type Verdict = 'allowed' | 'blocked' | 'unknown';
type Use = 'script' | 'connect';

function relayFinding(check: string, verdicts: Record<Use, Verdict>, relay: string): Finding {
  const of = (verdict: Verdict) =>
    (['script', 'connect'] as const)
      .filter((use) => verdicts[use] === verdict)
      .map((use) => `${use}-src` as const);
  const blocked = of('blocked');
  if (blocked.length > 0) {
    return fail(
      check,
      `${blocked.join(' and ')} ${blocked.length > 1 ? 'do' : 'does'} not allow ${relay}`,
      `The browser blocks the ${blocked.map((directive) => BLOCKED[directive]).join(' and the ')}.`,
      `Add: ${blocked.map((directive) => `${directive} ${relay}`).join('; ')}`,
    );
  }
  if (of('unknown').length > 0) {
    return unknown(
      check,
      'script-src goes by a nonce or a hash; whether the tag has it cannot be seen here',
      'In the browser’s console nothing must violate the Content Security Policy.',
    );
  }
  return ok(check, 'it lets the script and the events through');
}

const BLOCKED = { 'script-src': 'script', 'connect-src': 'events' } as const;

/** https://knowledge.hubspot.com/domains-and-urls/ssl-and-domain-security-in-hubspot lists more; this one sets the cookie. */
const SETS_THE_COOKIE = 'https://js.hs-analytics.net';

function trackingFindings(check: string, page: PageOfSite): Finding[] {
  const tags = [...page.html.matchAll(/<script[^>]+src=["']([^"']*hs-scripts\.com[^"']*)/gi)];
  const addresses = tags.map(([, src = '']) => new URL(src, page.url).origin);
  if (addresses.length === 0) return [];
  const blocked = [...addresses, SETS_THE_COOKIE].filter(
    (address) => worst(page, 'script', address) === 'blocked',
  );
  if (blocked.length === 0) return [];
  return [
    warn(
      check,
      `script-src does not allow ${blocked.join(' and ')}`,
      'The browser blocks HubSpot’s tracking code, so there is no cookie hubspotutk, and events wait in the page.',
      `Add: script-src ${blocked.join(' ')}`,
    ),
  ];
}

/** Every policy of a page must allow it. */
function worst({ policies, url }: PageOfSite, use: Use, address: string): Verdict {
  const verdicts = policies.map((policy) => verdictOf(policy, use, url, address));
  if (verdicts.includes('blocked')) return 'blocked';
  return verdicts.includes('unknown') ? 'unknown' : 'allowed';
}

/** The first that a policy has is the one that counts. */
const DIRECTIVES: Record<Use, readonly string[]> = {
  script: ['script-src-elem', 'script-src', 'default-src'],
  connect: ['connect-src', 'default-src'],
};

function verdictOf(policy: string, use: Use, page: string, address: string): Verdict {
  const directives = new Map(
    policy.split(';').map((part) => {
      const [name = '', ...sources] = part.trim().split(/\s+/);
      return [name.toLowerCase(), sources] as const;
    }),
  );
  const named = DIRECTIVES[use].find((name) => directives.has(name));
  if (named === undefined) return 'allowed';
  const sources = directives.get(named) ?? [];
  // With strict-dynamic hosts are ignored.
  const isByHost = use === 'connect' || !sources.includes("'strict-dynamic'");
  if (isByHost && sources.some((source) => matches(source, page, address))) return 'allowed';
  const isByMark = sources.some((source) => /^'(nonce-|strict-dynamic|sha\d)/.test(source));
  return use === 'script' && isByMark ? 'unknown' : 'blocked';
}

function matches(source: string, page: string, address: string): boolean {
  const { host, protocol, origin } = new URL(address);
  if (source === '*' || source === protocol) return true;
  if (source === "'self'") return new URL(page).origin === origin;
  if (source.startsWith('https://') && protocol !== 'https:') return false;
  const wanted = source.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : wanted === host;
}
