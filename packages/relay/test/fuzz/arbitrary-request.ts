import fc from 'fast-check';

/** A request as bytes know it. */
export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly framing: 'length' | 'chunked' | 'too_short' | 'too_long';
}

/** Whose address must never come out anywhere. */
export const CANARY = 'canary.bird@secret-cage.example';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Strings that have been somebody's bug, and an address that must not leak. */
const nasty = fc.constantFrom(
  CANARY,
  `"${CANARY}"`,
  '__proto__',
  'constructor',
  'toString',
  '',
  '\u0000',
  '\ud800',
  'a'.repeat(5_000),
  '-eyJ'.repeat(200),
  '%00',
  '../../etc/passwd',
  '\r\nset-cookie: a=b',
  '$' + '{jndi:ldap://x}',
  "'; drop table events; --",
);
const text = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 60 }), fc.string());
const anything = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 2, arbitrary: text },
  fc.constantFrom(null, true, 0, -0, -1, 1e308, 2 ** 53, 8.64e15 + 1, [], {}),
);

/** The right value most of the time, so that the request gets far enough to meet the wrong ones. */
const mostly = (right: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: anything });

const eventName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('product_viewed', 'signup', 'pe1234567_signup') },
  fc.constantFrom('pe99_signup', 'not_defined'),
  text,
);
const propertyName = fc.oneof(
  fc.constantFrom('plan', 'product_id', 'price', 'hs_page_url', 'hs_country', 'not_defined'),
  text,
);
const properties = fc.oneof(
  fc.record({ plan: fc.constantFrom('free', 'pro') }, { requiredKeys: [] }),
  fc.dictionary(propertyName, anything, { maxKeys: 8 }),
);
const utk = fc.constantFrom('0123456789abcdef0123456789abcdef', 'f'.repeat(32));
const moment = fc.constantFrom(1_764_000_000_000, 0, 8.64e15);

const pageEvent = fc.record(
  {
    uuid: mostly(fc.uuid({ version: [4, 7] })),
    eventName: mostly(eventName),
    properties: mostly(properties),
    occurredAt: mostly(moment),
  },
  { requiredKeys: ['uuid', 'eventName', 'occurredAt'] },
);
const eventOfSomebody = pageEvent.map((event) => ({ ...event, email: CANARY }));
const anyEvent = fc.oneof({ weight: 9, arbitrary: pageEvent }, eventOfSomebody);
const batch = fc.record(
  {
    sentAt: mostly(moment),
    utk: mostly(utk),
    identity: fc.oneof(text, fc.constant('eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImEifQ.')),
    challenge: text,
    events: mostly(fc.array(mostly(anyEvent), { maxLength: 4 })),
  },
  { requiredKeys: ['sentAt', 'utk', 'events'] },
);
const serverEvent = fc.record(
  {
    eventName: mostly(eventName),
    email: mostly(fc.constant(CANARY)),
    utk: mostly(utk),
    objectId: anything,
    properties: mostly(properties),
    occurredAt: mostly(moment),
    uuid: mostly(fc.uuid()),
  },
  { requiredKeys: ['eventName'] },
);
const inputs = fc.record({ inputs: mostly(fc.array(mostly(serverEvent), { maxLength: 4 })) });

const json = (value: fc.Arbitrary<unknown>) => value.map((it) => bytes(JSON.stringify(it) ?? ''));

/** JSON with one part of it cut out or put in twice: almost right, and broken anywhere. */
const damaged = fc
  .tuple(json(batch), fc.nat(), fc.nat({ max: 40 }), fc.uint8Array({ maxLength: 8 }))
  .map(([whole, at, cut, added]) => {
    const from = whole.length === 0 ? 0 : at % whole.length;
    return Uint8Array.from([...whole.slice(0, from), ...added, ...whole.slice(from + cut)]);
  });

const pageBody = fc.oneof(
  { weight: 6, arbitrary: json(batch) },
  { weight: 2, arbitrary: damaged },
  json(fc.jsonValue()),
  fc.uint8Array({ maxLength: 2_000 }),
);
const serverBody = fc.oneof(json(serverEvent), json(inputs), json(fc.jsonValue()), damaged);

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,30}$/);
/** What a header may hold, by RFC 9110: no control characters. */
const headerValue = fc.oneof(
  fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,60}[\x21-\x7e])?$/),
  fc.constantFrom(CANARY, `Bearer ${CANARY}`, 'x'.repeat(8_000), '-eyJ'.repeat(1_000)),
);

const pageHeaders = fc.record({
  origin: fc.oneof(
    { weight: 8, arbitrary: fc.constant('https://shop.example') },
    fc.constantFrom('null', 'https://evil.example', `https://${CANARY}`),
    headerValue,
  ),
  'content-type': fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('text/plain', 'application/json; charset=utf-8') },
    headerValue,
  ),
});
const extraHeaders = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'cookie',
      'user-agent',
      'referer',
      'x-forwarded-for',
      'forwarded',
      'cf-connecting-ip',
      'if-none-match',
      'content-encoding',
      'sec-fetch-site',
      'accept',
      'range',
      'x-http-method-override',
    ),
    token.filter((it) => !FRAMING.has(it.toLowerCase())),
  ),
  headerValue,
  { maxKeys: 5 },
);

/** Written by the sender below; wrong ones have tests of their own. */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection', 'upgrade', 'expect']);

const path = fc.oneof(
  { weight: 6, arbitrary: fc.constant('/v1/events') },
  fc.constantFrom('/', '/hubrelay.js', '/readyz', '/livez', '/v1/events?a=b', `/${CANARY}`, '*'),
  fc.stringMatching(/^\/[\x21-\x7e]{0,80}$/),
);

const fromPage: fc.Arbitrary<FuzzRequest> = fc.record({
  method: fc.oneof(
    { weight: 8, arbitrary: fc.constant('POST') },
    fc.constantFrom('GET', 'PUT', 'OPTIONS', 'DELETE', 'PATCH', 'HEAD'),
  ),
  path,
  headers: fc.tuple(pageHeaders, extraHeaders).map(([page, extra]) => headersOf(page, extra)),
  body: pageBody,
  framing: framings(),
});

/** @param key a relay key that is good */
function fromServer(key: string): fc.Arbitrary<FuzzRequest> {
  const authorization = fc.oneof(
    { weight: 5, arbitrary: fc.constant(`Bearer ${key}`) },
    headerValue,
  );
  return fc.record({
    method: fc.constant('POST'),
    path: fc.constantFrom('/events/v3/send', '/events/2026-09/send/batch'),
    headers: fc
      .tuple(fc.record({ authorization }), extraHeaders)
      .map(([auth, extra]) =>
        headersOf({ 'content-type': 'application/json', ...auth }, extra, 'authorization'),
      ),
    body: serverBody,
    framing: framings(),
  });
}

function framings() {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('length' as const, 'chunked' as const) },
    fc.constantFrom('too_short' as const, 'too_long' as const),
  );
}

function headersOf(main: object, extra: object, ...without: string[]): [string, string][] {
  const names = new Set([...Object.keys(main), ...without]);
  const others = Object.entries(extra).filter(([header]) => !names.has(header.toLowerCase()));
  return [...Object.entries(main), ...others];
}

/** Any request at all. */
export function arbitraryRequest(relayKey: string): fc.Arbitrary<FuzzRequest> {
  return fc.oneof(
    { weight: 3, arbitrary: fromPage },
    { weight: 1, arbitrary: fromServer(relayKey) },
  );
}

/** The bytes of a request. */
export function bytesOf({ method, path, headers, body, framing }: FuzzRequest): Uint8Array[] {
  const lines = headers.map(([header, value]) => `${header}: ${value}\r\n`).join('');
  const length = { length: 0, chunked: 0, too_short: -1, too_long: 1 }[framing] + body.length;
  const frame =
    framing === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${Math.max(0, length)}`;
  const head = `${method} ${path} HTTP/1.1\r\nhost: relay.example\r\nconnection: close\r\n${lines}${frame}\r\n\r\n`;
  if (framing !== 'chunked') return [bytes(head), body];
  const size = body.length > 0 ? `${body.length.toString(16)}\r\n` : '';
  return [bytes(head + size), body, bytes(body.length > 0 ? '\r\n0\r\n\r\n' : '0\r\n\r\n')];
}
