/** Decides which web origins may send events, and builds the CORS headers of each answer. */
export interface OriginPolicy {
  /** The origin to allow, or undefined when the request must be refused. */
  allow(request: Request): string | undefined;
}

/**
 * Compiles an allow-list. An entry is an origin (`https://www.example.com`) or one with a wildcard for its subdomains
 * (`https://*.example.com`, which does not cover `https://example.com`).
 */
export function createOriginPolicy(allowedOrigins: readonly string[]): OriginPolicy {
  const exact = new Set(allowedOrigins.filter((origin) => !origin.includes('*')));
  const wildcards = allowedOrigins.filter((origin) => origin.includes('*')).map(splitWildcard);

  const isAllowed = (origin: string) =>
    exact.has(origin) || wildcards.some((wildcard) => matches(wildcard, origin));

  return {
    allow(request) {
      const origin = request.headers.get('origin');
      if (origin && origin !== 'null') return isAllowed(origin) ? origin : undefined;
      return sameOrigin(request, isAllowed);
    },
  };
}

/** Says what is wrong with an entry of the allow-list, or undefined when it is fine. */
export function originProblem(entry: string): string | undefined {
  if (entry === '*') {
    return '"*" would let every website write to your HubSpot account: list your origins instead';
  }
  const url = URL.canParse(entry.replace('://*.', '://wildcard.'))
    ? new URL(entry.replace('://*.', '://wildcard.'))
    : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    return `"${entry}" is no origin: write scheme and host, such as https://www.example.com`;
  }
  const expected = url.origin.replace(
    '://wildcard.',
    entry.includes('://*.') ? '://*.' : '://wildcard.',
  );
  if (expected !== entry) return `"${entry}" is more than an origin: write ${expected}`;
  if (hasLooseWildcard(entry)) {
    return `"${entry}" would let in websites that are not yours: a "*" stands for subdomains, as in https://*.example.com`;
  }
  return undefined;
}

/** A URL may have a `*` anywhere in its host. Only `://*.` before a name of at least two labels (or localhost) is yours alone. */
function hasLooseWildcard(entry: string): boolean {
  const [, parent, ...more] = entry.split('*');
  if (parent === undefined) return false;
  const isWhole = /^\.([^.]+\.)+[^.]+$|^\.localhost(:\d+)?$/.test(parent);
  return more.length > 0 || !entry.includes('://*.') || !isWhole;
}

/** The headers that let the allowed origin read the answer. `Vary` also when nothing is allowed: caches must not mix them. */
export function corsHeaders(origin: string | undefined): Record<string, string> {
  if (!origin) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    // Not in the CORS safelist: without it the page could not read when to come back.
    'access-control-expose-headers': 'Retry-After',
  };
}

export function preflightHeaders(origin: string): Record<string, string> {
  return {
    ...corsHeaders(origin),
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '7200',
  };
}

/**
 * A beacon from a page with `Referrer-Policy: no-referrer` carries `Origin: null`. `Sec-Fetch-Site` cannot be set by
 * script, so on a same-origin request the page's origin is the one that was asked for. The scheme may have been
 * changed by a proxy that ends TLS, hence both are tried.
 */
function sameOrigin(request: Request, isAllowed: (origin: string) => boolean): string | undefined {
  if (request.headers.get('sec-fetch-site') !== 'same-origin') return undefined;
  const { host } = new URL(request.url);
  return [`https://${host}`, `http://${host}`].find(isAllowed);
}

interface Wildcard {
  readonly scheme: string;
  readonly suffix: string;
}

function splitWildcard(entry: string): Wildcard {
  const [scheme = '', suffix = ''] = entry.split('*');
  return { scheme, suffix };
}

function matches({ scheme, suffix }: Wildcard, origin: string): boolean {
  return (
    origin.startsWith(scheme) &&
    origin.endsWith(suffix) &&
    origin.length > scheme.length + suffix.length
  );
}
