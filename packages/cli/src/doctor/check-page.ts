import { policyFindings } from './check-policy.ts';
import type { PageOfSite } from './fetch-page.ts';
import { type Finding, fail, ok, unknown, warn } from './finding.ts';

/** @param relay the relay's origin */
export function pageFindings({ url, html, policies }: PageOfSite, relay: string): Finding[] {
  return [
    snippetFinding(url, html, relay),
    trackingFinding(url, html),
    ...policyFindings({ url, html, policies }, relay),
  ];
}

function snippetFinding(url: string, html: string, relay: string): Finding {
  const check = `Snippet on ${url}`;
  const { host } = new URL(relay);
  const tags = [...html.matchAll(/<script[^>]+src=["']([^"']+)/gi)].map(([, src]) => src ?? '');
  const ours = tags.find((src) => src.includes(host) || /\/hubrelay[^/]*\.js/.test(src));
  if (ours !== undefined) {
    const from = new URL(ours, url).host;
    return from === host
      ? ok(check, 'the page loads the script')
      : unknown(
          check,
          `the page loads it from ${from}, and doctor looked at ${host}`,
          `hubrelay doctor --relay ${new URL(ours, url).origin} looks at what the page meets.`,
        );
  }
  const hasManager = /googletagmanager\.com|\.js/i.test(html);
  return hasManager
    ? unknown(
        check,
        'not in the HTML; a tag manager or the site’s own bundle may add it',
        'In the browser’s console: window.hubrelay must be an object.',
      )
    : fail(
        check,
        'the page does not load the script',
        'Nothing is tracked on it.',
        'hubrelay snippet prints the lines.',
      );
}

/** https://knowledge.hubspot.com/reports/install-the-hubspot-tracking-code */
const TRACKING = /hs-scripts\.com|js[^"']*\.hs-analytics\.net|hs-script-loader/i;

function trackingFinding(url: string, html: string): Finding {
  const check = `HubSpot’s tracking code on ${url}`;
  if (TRACKING.test(html)) return ok(check, 'the page loads it');
  if (/data-hubrelay-mint-visitor/i.test(html)) {
    return ok(
      check,
      'not there, but data-hubrelay-mint-visitor is: visitors are unknown to HubSpot until a form names them',
    );
  }
  return warn(
    check,
    'not in the HTML; a tag manager may add it',
    'It sets the cookie hubspotutk. Without it every event waits in the page, and expires after seven days.',
    'Settings > Tracking & Analytics > Tracking code; or data-hubrelay-mint-visitor on the script tag; or a signed identity.',
  );
}

/** Measured with the lists that uBlock Origin has by default. */
const BLOCKED_HOSTS = /^(analytics|collector|tracking|stats)\./i;
const BLOCKED_PATHS = /^\/(api\/events|collect|stats\/events)\b/i;

export function blockerFindings(relay: string, events: string): Finding[] {
  const check = 'Ad blockers';
  const { hostname } = new URL(relay);
  const hit = BLOCKED_HOSTS.test(hostname)
    ? `the host ${hostname}`
    : BLOCKED_PATHS.test(events)
      ? `the path ${events}`
      : undefined;
  if (hit === undefined) return [ok(check, `no common list has a rule for ${hostname}${events}`)];
  return [
    warn(
      check,
      `common lists block ${hit}`,
      'Visitors with an ad blocker send nothing.',
      'Use a host such as relay., events. or t. below your own domain, and /v1/events.',
    ),
  ];
}
