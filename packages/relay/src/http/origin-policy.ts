import { NULL_ORIGIN } from './origin-entry.ts';

/** Decides which web origins may send events, and builds the CORS headers of each answer. */
export interface OriginPolicy {
  /** The origin to allow, or undefined when the request must be refused. */
  allow(request: Request): string | undefined;
  /** The entry of the list that allows an origin, for counting: a wildcard stands for all of its origins. */
  entryOf(origin: string): string | undefined;
}

/**
 * Compiles an allow-list. An entry is an origin (`https://www.example.com`) or one with a wildcard for its subdomains
 * (`https://*.example.com`, which does not cover `https://example.com`), one of this
 * machine on any port (`http://localhost:*`, for development), or `null`, for frames that have none.
 */
export function createOriginPolicy(allowedOrigins: readonly string[]): OriginPolicy {
  const exact = new Set(allowedOrigins.filter((origin) => !origin.includes('*')));
  const wildcards = allowedOrigins.filter((origin) => origin.includes('*')).map(splitWildcard);

  const entryOf = (origin: string) =>
    exact.has(origin) ? origin : wildcards.find((wildcard) => matches(wildcard, origin))?.entry;
  const isAllowed = (origin: string) => entryOf(origin) !== undefined;

  return {
    entryOf,
    allow(request) {
      const origin = request.headers.get('origin');
      if (origin && origin !== NULL_ORIGIN) return isAllowed(origin) ? origin : undefined;
      const own = sameOrigin(request, isAllowed);
      return own ?? (origin && isAllowed(origin) ? origin : undefined);
    },
  };
}

/**
 * The headers that let the page read the answer.
 *
 * @param origin the allowed one; undefined for a request that is refused because of its origin, or has none
 */
export function corsHeaders(origin: string | undefined): Record<string, string> {
  if (!origin) return REFUSAL_HEADERS;
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    // Not for frames without an origin: any website can open one, and it would be a request with the visitor's cookies.
    ...(origin !== NULL_ORIGIN && { 'access-control-allow-credentials': 'true' }),
    // Not in the CORS safelist: without it the page could not read when to come back, and what was left out of its events.
    'access-control-expose-headers': 'Retry-After, X-HubRelay-Notes',
  };
}

/**
 * Without an allowed origin every answer is a refusal, which is for the developer at the page's console: any page may read it,
 * as long as it is asked for without cookies. It says only what that page has sent. docs/threat-model.md says why this is safe.
 * `Vary`, because caches must not give one origin's answer to another.
 */
const REFUSAL_HEADERS: Record<string, string> = {
  vary: 'Origin',
  'access-control-allow-origin': '*',
};

/**
 * The answer to a preflight. It is given to every origin: it permits no event, but without it a page whose origin is
 * refused could not read why. Any header may be sent: tools that trace pages add theirs to every request (`traceparent`,
 * `sentry-trace`, `x-datadog-trace-id`, `request-id` …), and the relay looks at none that could give rights.
 */
export function preflightHeaders(
  request: Request,
  origin: string | undefined,
): Record<string, string> {
  return {
    ...corsHeaders(origin),
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': headersAskedFor(request),
    'access-control-max-age': '7200',
  };
}

const MAX_HEADERS = 50;

/** A `*` would not do: browsers take it for a name where there are credentials. */
function headersAskedFor(request: Request): string {
  const asked = request.headers.get('access-control-request-headers') ?? '';
  const names = asked.split(',').map((name) => name.trim().toLowerCase());
  const valid = names.filter((name) => /^[a-z0-9_.-]{1,64}$/.test(name)).slice(0, MAX_HEADERS);
  return [...new Set(['content-type', ...valid])].join(', ');
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
  readonly entry: string;
  readonly scheme: string;
  readonly suffix: string;
}

function splitWildcard(entry: string): Wildcard {
  const [scheme = '', suffix = ''] = entry.split('*');
  return { entry, scheme, suffix };
}

function matches({ scheme, suffix }: Wildcard, origin: string): boolean {
  // A port has no end of its own that could be compared.
  const isPort = suffix === '';
  return (
    origin.startsWith(scheme) &&
    origin.endsWith(suffix) &&
    origin.length > scheme.length + suffix.length &&
    (!isPort || /^\d{1,5}$/.test(origin.slice(scheme.length))) &&
    // What a browser writes as a host, and a port: nothing that could end the host before.
    /^[a-z]+:\/\/[\w.[\]:-]+$/i.test(origin)
  );
}
