import { describe, expect, test } from 'vitest';
import { batch, event, NOW, relayThat, SHOP, UTK, uuids } from '../test/support/relay-that.ts';
import { systemClock } from './core/clock.ts';
import { createRelay } from './create-relay.ts';
import { createRefusedOrigins } from './http/refused-origins.ts';
import { createPageReports } from './receive/page-reports.ts';

const OTHER_UTK = 'fedcba9876543210fedcba9876543210';

describe('an event that can be accepted', () => {
  test('arrives in the form HubSpot takes, and the answer is an empty 202', async () => {
    const { post, accepted } = relayThat();
    const answer = await post(
      batch(
        event({ properties: { plan: 'pro', seats: 3, trial: true, tags: ['a', 'b'], none: null } }),
      ),
    );
    expect(answer.status).toBe(202);
    expect(await answer.text()).toBe('');
    expect(accepted).toEqual([
      {
        uuid: uuids[0],
        eventName: 'pe1234567_signup',
        properties: { plan: 'pro', seats: '3', trial: 'true', tags: 'a;b' },
        occurredAt: new Date(NOW - 1_000).toISOString(),
        utk: UTK,
      },
    ]);
  });

  test('is answered with 204 when HubSpot has it already', async () => {
    const { post } = relayThat({ kind: 'sent', refused: [] });
    expect((await post(batch(event()))).status).toBe(204);
  });

  test('is taken once when its uuid stands twice in a batch', async () => {
    const { post, accepted } = relayThat();
    await post(batch(event(), event()));
    expect(accepted).toHaveLength(1);
  });

  test('is taken as application/json too', async () => {
    const { post } = relayThat();
    expect((await post(batch(event()), { 'content-type': 'application/json' })).status).toBe(202);
  });
});

describe('the visitor', () => {
  test.each([
    ['the cookie wins over the body', `a=b; hubspotutk=${OTHER_UTK}`, OTHER_UTK],
    ['__hstc stands in for a missing hubspotutk', `__hstc=1.${OTHER_UTK}.1.2.3.4`, OTHER_UTK],
    ['a malformed cookie is ignored', 'hubspotutk=evil', UTK],
  ])('%s', async (_, cookie, utk) => {
    const { post, accepted } = relayThat();
    await post(batch(event()), { cookie });
    expect(accepted[0]?.utk).toBe(utk);
  });

  test('is missing: the event is rejected, because HubSpot would refuse it', async () => {
    const { post, accepted } = relayThat();
    const answer = await post({ sentAt: NOW, events: [event()] });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      accepted: 0,
      rejected: [{ uuid: uuids[0], code: 'missing_visitor' }],
    });
    expect(accepted).toEqual([]);
  });
});

describe('a batch with some bad events', () => {
  test('is accepted without them, and the answer names them', async () => {
    const { post, accepted } = relayThat();
    const answer = await post(
      batch(event(), event({ uuid: uuids[1], eventName: 'No Name' }), {
        uuid: uuids[2],
        email: 'a@b.c',
      }),
    );
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      accepted: 1,
      rejected: [
        { uuid: uuids[1], index: 1, code: 'invalid_event_name' },
        { uuid: uuids[2], index: 2, code: 'invalid_event' },
      ],
    });
    expect(accepted).toHaveLength(1);
  });

  test('names what HubSpot refused, in HubSpot’s words', async () => {
    const refused = [
      {
        event: { uuid: uuids[1], eventName: 'pe1234567_signup' },
        error: { status: 400, message: 'no such event' },
      },
    ];
    const { post } = relayThat({ kind: 'sent', refused });
    const answer = await post(batch(event(), event({ uuid: uuids[1] })));
    expect(await answer.json()).toEqual({
      accepted: 1,
      rejected: [
        { uuid: uuids[1], index: 1, code: 'refused_by_hubspot', message: 'no such event' },
      ],
    });
  });
});

describe('event names', () => {
  test.each([
    ['signup', 'pe1234567_signup'],
    ['pe1234567_signup', 'pe1234567_signup'],
  ])('%s goes to HubSpot as %s', async (eventName, qualified) => {
    const { post, accepted } = relayThat();
    await post(batch(event({ eventName })));
    expect(accepted[0]?.eventName).toBe(qualified);
  });

  test('of another account are rejected', async () => {
    const { post } = relayThat();
    const answer = await post(batch(event({ eventName: 'pe99_signup' })));
    expect(await answer.json()).toMatchObject({
      rejected: [{ message: expect.stringContaining('another HubSpot account') }],
    });
  });

  test('that are short need a Hub ID, and the message says so', async () => {
    const app = createRelay({
      allowedOrigins: [SHOP],
      clock: { ...systemClock, now: () => NOW },
      acceptor: { accept: async () => ({ kind: 'stored' }) },
    });
    const answer = await app.request('/v1/events', {
      method: 'POST',
      headers: { origin: SHOP, 'content-type': 'text/plain' },
      body: JSON.stringify(batch(event())),
    });
    expect(await answer.json()).toMatchObject({
      rejected: [{ message: expect.stringContaining('HUBSPOT_HUB_ID') }],
    });
  });
});

describe('occurredAt', () => {
  const hour = 3_600_000;
  test.each([
    ['is kept when the clocks agree', NOW, NOW - 1_000, NOW - 1_000],
    [
      'is corrected when the page’s clock is an hour ahead',
      NOW + hour,
      NOW + hour - 1_000,
      NOW - 1_000,
    ],
    [
      'is corrected when the page’s clock is an hour behind',
      NOW - hour,
      NOW - hour - 1_000,
      NOW - 1_000,
    ],
    [
      'is kept when the request was held back for a minute',
      NOW - 60_000,
      NOW - 61_000,
      NOW - 61_000,
    ],
    ['never lies in the future', NOW, NOW + 5_000, NOW],
    ['is never older than 30 days', NOW, 0, NOW - 30 * 24 * hour],
  ])('%s', async (_, sentAt, occurredAt, expected) => {
    const { post, accepted } = relayThat();
    await post({ ...batch(event({ occurredAt })), sentAt });
    expect(accepted[0]?.occurredAt).toBe(new Date(expected).toISOString());
  });
});

describe('property values', () => {
  test('are cut to HubSpot’s limits, by name, and never inside a code point', async () => {
    const { post, accepted } = relayThat();
    const long = `${'x'.repeat(255)}😀${'y'.repeat(2_000)}`;
    await post(batch(event({ properties: { note: long, page_url: long, broken: 'a\ud800b' } })));
    expect(accepted[0]?.properties.note).toBe('x'.repeat(255));
    expect(accepted[0]?.properties.page_url).toHaveLength(1_024);
    expect(accepted[0]?.properties.broken).toBe('a\u{FFFD}b');
  });
});

describe('origins', () => {
  test.each([
    [SHOP, 202],
    ['https://www.shop.example', 202],
    ['https://shop.example.evil.example', 403],
    ['https://www.shop.example.evil.example', 403],
    ['https://www.shop.example:8443', 403],
    ['https://.shop.example', 403],
    ['https://evilshop.example', 403],
    ['http://shop.example', 403],
    ['null', 403],
    ['', 403],
  ])('%j is answered with %i', async (origin, status) => {
    const { post } = relayThat();
    expect((await post(batch(event()), { origin })).status).toBe(status);
  });

  test('the allowed one may read the answer and its Retry-After, with credentials', async () => {
    const { post } = relayThat({
      kind: 'not_now',
      reason: 'hubspot_unavailable',
      retryAfterMs: 1_500,
    });
    const answer = await post(batch(event()));
    expect(answer.status).toBe(503);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After, X-HubRelay-Notes',
      vary: 'Origin',
      'retry-after': '2',
    });
  });

  test('another may read why it is refused, without cookies alone, and caches keep the answers apart', async () => {
    const { post, accepted } = relayThat();
    const answer = await post(batch(event()), { origin: 'https://evil.example' });
    expect(answer.status).toBe(403);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      vary: 'Origin',
    });
    expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
    expect(await answer.json()).toMatchObject({
      code: 'origin_not_allowed',
      detail: expect.stringContaining('https://evil.example'),
    });
    expect(accepted).toEqual([]);
  });

  test.each(['/readyz', '/livez', '/events/v3/send', '/nothing'])(
    'at %s there is no CORS at all',
    async (path) => {
      const { app } = relayThat();
      const headers = { origin: 'https://evil.example' };
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const answer = await app.request(path, { method, headers });
        expect(answer.headers.has('access-control-allow-origin')).toBe(false);
      }
    },
  );

  describe('null, of frames that have none', () => {
    const who = { ok: true, email: 'jane@shop.example' } as const;
    const identity = { verify: async () => who };
    const framed = (options: object) =>
      relayThat(undefined, { allowedOrigins: [SHOP, 'null'], identity, ...options });
    const post = (relay: ReturnType<typeof framed>, body: object) =>
      relay.post(body, { origin: 'null', cookie: `hubspotutk=${'f'.repeat(32)}` });

    test('is let in where it is on the list, with an identity', async () => {
      const relay = framed({});
      const answer = await post(relay, { ...batch(event()), identity: 'good' });
      expect(answer.status).toBe(202);
      expect(answer.headers.get('access-control-allow-origin')).toBe('null');
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
      // The cookie proves nothing: any website can open such a frame.
      expect(relay.accepted).toMatchObject([{ email: who.email, utk: UTK }]);
    });

    test('is refused without one', async () => {
      const relay = framed({});
      const answer = await post(relay, batch(event()));
      expect(await answer.json()).toMatchObject({ status: 401, code: 'identity_required' });
      expect(relay.accepted).toEqual([]);
    });

    test('is no entry of a relay that knows no identities', () => {
      expect(() => framed({ identity: undefined })).toThrow('needs identity');
    });
  });

  test('that are refused are counted, and logged at the first, the tenth and the hundredth time', async () => {
    const refusedOrigins = createRefusedOrigins();
    const lines: object[] = [];
    const warn = (fields: object) => lines.push(fields);
    const log = { debug() {}, info() {}, warn, error() {} };
    const { post } = relayThat(undefined, { refusedOrigins, log });
    const origin = 'https://forgotten.example';
    for (let time = 0; time < 100; time += 1) await post(batch(event()), { origin });
    await post(batch(event()), { origin: 'https://evil.example' });
    expect(refusedOrigins.counts()).toEqual({ [origin]: 100, 'https://evil.example': 1 });
    expect(lines).toEqual([
      { origin, count: 1 },
      { origin, count: 10 },
      { origin, count: 100 },
      { origin: 'https://evil.example', count: 1 },
    ]);
  });

  test('tell of events that wait in their pages: by reason, without anything about the visitor', async () => {
    const pageReports = createPageReports([SHOP]);
    const { post, accepted, app } = relayThat(undefined, { pageReports });
    const report = { hubspotutk: 97, expired: 3, 'e-mail': 1, too_large: 'many' };
    expect((await post({ report, ageMs: 12_345.6 })).status).toBe(204);
    expect((await post({ report: { hubspotutk: 1e9 }, ageMs: -1 })).status).toBe(204);
    // Events beside a report are not passed over.
    expect((await post({ report: { hubspotutk: 1 }, events: [{}] })).status).toBe(422);
    expect(pageReports.totals()).toMatchObject([
      { state: 'waiting', reason: 'no_visitor', origin: SHOP, events: 2_097, oldestMs: 12_346 },
      { state: 'dropped', reason: 'expired', origin: SHOP, events: 3 },
    ]);
    const refused = await post({ report }, { origin: 'https://evil.example' });
    expect(refused.status).toBe(403);
    expect(pageReports.totals()[0]).toMatchObject({ events: 2_097 });
    expect(accepted).toEqual([]);
    const ready = await app.request('/readyz');
    expect(ready.status).toBe(200);
    const text = await ready.text();
    expect(JSON.parse(text)).toMatchObject({
      ready: true,
      pages: [
        { reason: 'no_visitor', events: 2_097 },
        { reason: 'expired', events: 3 },
      ],
    });
    expect(text).not.toContain(SHOP);
  });

  test('of a wildcard are counted under it: no page makes a label', async () => {
    const origin = 'https://*.example.com';
    const pageReports = createPageReports([origin]);
    const { post } = relayThat(undefined, { pageReports, allowedOrigins: [origin] });
    for (const name of ['a', 'b'])
      await post({ report: { hubspotutk: 1 } }, { origin: `https://${name}.example.com` });
    expect(pageReports.totals()).toMatchObject([{ origin, events: 2, reports: 2 }]);
  });

  // On the relay's own address, whose origin is on the list.
  test.each([
    ['a same-origin beacon from a page without referrer is let in', 'same-origin', 202],
    ['the like from another subdomain is not', 'same-site', 403],
    ['nor from another site', 'cross-site', 403],
    ['nor what says nothing of where it is from', '', 403],
  ])('%s', async (_, fetchSite, status) => {
    const { app } = relayThat();
    const answer = await app.request('https://www.shop.example/v1/events', {
      method: 'POST',
      headers: { origin: 'null', 'sec-fetch-site': fetchSite, 'content-type': 'text/plain' },
      body: JSON.stringify(batch(event())),
    });
    expect(answer.status).toBe(status);
  });

  test('a preflight is answered, and for the allowed origin alone with credentials', async () => {
    const { app } = relayThat();
    const ask = (origin: string) =>
      app.request('/v1/events', { method: 'OPTIONS', headers: { origin } });
    const allowed = await ask(SHOP);
    expect(allowed.status).toBe(204);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    });
    // So that its page can read the refusal of what it posts.
    const other = await ask('https://evil.example');
    expect(other.status).toBe(204);
    expect(other.headers.get('access-control-allow-origin')).toBe('*');
    expect(other.headers.has('access-control-allow-credentials')).toBe(false);
  });

  test.each([
    [
      'traceparent,tracestate,baggage,sentry-trace',
      'traceparent, tracestate, baggage, sentry-trace',
    ],
    ['X-Datadog-Trace-Id, Request-Id', 'x-datadog-trace-id, request-id'],
    ['content-type', ''],
    ['a\tb, x:y, , ünicode', ''],
    [
      Array.from({ length: 60 }, (_, n) => `x-${n}`).join(),
      Array.from({ length: 50 }, (_, n) => `x-${n}`).join(', '),
    ],
  ])('a preflight for %s allows what tools add to requests', async (asked, allowed) => {
    const answer = await relayThat().app.request('/v1/events', {
      method: 'OPTIONS',
      headers: { origin: SHOP, 'access-control-request-headers': asked },
    });
    const names = ['content-type', ...(allowed ? [allowed] : [])].join(', ');
    expect(answer.headers.get('access-control-allow-headers')).toBe(names);
  });
});

describe('what is refused', () => {
  test.each([
    ['no JSON', '{', {}, 400, 'invalid_json'],
    ['no batch', '{}', {}, 422, 'invalid_batch'],
    [
      'a form',
      'a=b',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
    ['a body over the cap', `"${'é'.repeat(32_768)}"`, {}, 413, 'body_too_large'],
    ['a body that says it is larger', '{}', { 'content-length': '65537' }, 413, 'body_too_large'],
  ])('%s: a problem document says what to do', async (_, body, headers, status, code) => {
    const { post } = relayThat();
    const answer = await post(body, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, code, detail: expect.any(String) });
  });

  test('invalid UTF-8', async () => {
    const { app } = relayThat();
    const answer = await app.request('/v1/events', {
      method: 'POST',
      headers: { origin: SHOP, 'content-type': 'text/plain' },
      body: new Uint8Array([0x22, 0xff, 0x22]),
    });
    expect(await answer.json()).toMatchObject({ code: 'invalid_json' });
  });

  test('other methods and paths', async () => {
    const { app } = relayThat();
    const wrongMethod = await app.request('/v1/events');
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.headers.get('allow')).toBe('POST');
    expect((await app.request('/v2/events', { method: 'POST' })).status).toBe(404);
  });

  test('nothing is lost when the acceptor breaks: the page keeps its events', async () => {
    const { post } = relayThat(new Error('disk on fire'));
    const answer = await post(batch(event()));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('the script', () => {
  const script = { source: 'console.log(1)', integrity: 'sha384-abc/def+ghi' };
  const headersOf = async (path: string, headers = {}) => {
    const answer = await relayThat(undefined, { script }).app.request(path, { headers });
    return { status: answer.status, ...Object.fromEntries(answer.headers) } as Record<
      string,
      unknown
    >;
  };

  test('is served so that other origins may use it with integrity', async () => {
    expect(await headersOf('/hubrelay.js')).toMatchObject({
      status: 200,
      'content-type': 'text/javascript; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=600',
      'content-location': '/hubrelay-abcdefghi.js',
      'x-content-type-options': 'nosniff',
    });
  });

  test('is immutable at its versioned path', async () => {
    expect(await headersOf('/hubrelay-abcdefghi.js')).toMatchObject({
      status: 200,
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });

  test.each<[string, (etag: string) => string]>([
    ['as it is', (etag) => etag],
    ['weakened by a proxy', (etag) => `W/${etag}`],
    ['among others', (etag) => `"old", ${etag}`],
    ['whatever it is', () => '*'],
  ])('is not sent again to who has it, %s', async (_, known) => {
    const { etag = '' } = (await headersOf('/hubrelay.js')) as Record<string, string>;
    expect(await headersOf('/hubrelay.js', { 'if-none-match': known(etag) })).toMatchObject({
      status: 304,
      etag,
      'access-control-allow-origin': '*',
    });
  });

  test('is sent to who has another', async () => {
    expect(await headersOf('/hubrelay.js', { 'if-none-match': '"old"' })).toMatchObject({
      status: 200,
    });
  });

  test('of another version is not there', async () => {
    expect(await headersOf('/hubrelay-zzzzzzzzz.js')).toMatchObject({ status: 404 });
  });

  test.each(['/js/t.js', '/t', '/a.b/c.d.js', '/'])(
    'at %s is immutable at the path that it names',
    async (scriptPath) => {
      const { app } = relayThat(undefined, { script, scriptPath });
      const { headers } = await app.request(scriptPath);
      const pinned = await app.request(headers.get('content-location') ?? '');
      expect(pinned.headers.get('cache-control')).toContain('immutable');
      expect(await pinned.text()).toBe(script.source);
    },
  );
});

test.each([
  'https://*',
  'https://*.',
  'https://*.com',
  'https://www.*',
  'https://shop*.example.com',
  'https://*.*.example.com',
  'https://a.*.example.com',
  'https://*.co.uk',
  'https://*.github.io',
  'https://*.pages.dev:8443',
  'https://*.kobe.jp',
  'https://*.xn--p1ai',
])('%s is refused as an origin: it would let in websites of others', (entry) => {
  const acceptor = { accept: async () => ({ kind: 'stored' }) as const };
  expect(() => createRelay({ allowedOrigins: [entry], acceptor })).toThrow('not yours');
});

test.each([
  'https://*.example.com',
  'https://*.shop.example.co.uk:8443',
  'http://*.localhost:3000',
  'https://*.shop.github.io',
  'https://*.shop.internal',
])('%s is taken as an origin', (entry) => {
  const acceptor = { accept: async () => ({ kind: 'stored' }) as const };
  expect(() => createRelay({ allowedOrigins: [entry], acceptor })).not.toThrow();
});

test('every problem of the options is named at once', () => {
  const attempt = () =>
    createRelay({
      allowedOrigins: ['*', 'shop.example', 'https://shop.example/path'],
      hubId: 'pe12',
      eventsPath: 'events',
      acceptor: { accept: async () => ({ kind: 'stored' }) },
    });
  expect(attempt).toThrow(
    /every website[\s\S]*is not an origin[\s\S]*write https:\/\/shop\.example[\s\S]*Hub ID[\s\S]*start with/,
  );
});

test('readiness is told with its reasons', async () => {
  const { app } = relayThat(undefined, {
    readiness: async () => ({ ready: false, details: { lane: 'paused' } }),
  });
  const answer = await app.request('/readyz');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ ready: false, lane: 'paused' });
  expect((await app.request('/livez')).status).toBe(200);
});

test.each(['/v1/events', '/v1/events/', '/in/'])(
  'events are taken at %s with and without a slash at the end: redirects add or take it',
  async (eventsPath) => {
    const { app, accepted } = relayThat(undefined, { eventsPath });
    const bare = eventsPath.replace(/.$/, (last) => (last === '/' ? '' : last));
    for (const path of [bare, `${bare}/`]) {
      const headers = { origin: SHOP, 'content-type': 'text/plain' };
      const body = JSON.stringify(batch(event()));
      const answer = await app.request(path, { method: 'POST', headers, body });
      expect(answer.status).toBe(202);
      expect((await app.request(path, { method: 'OPTIONS', headers })).status).toBe(204);
      expect((await app.request(path)).status).toBe(405);
    }
    expect(accepted).toHaveLength(2);
  },
);

test('what it says itself is known as its own: each refusal is a problem with a code', async () => {
  const { app, post } = relayThat();
  const answers = [
    await post('{'),
    await post({}),
    await post(batch(event()), { 'content-type': 'image/png' }),
    await post(batch(event()), { origin: 'https://other.example' }),
    await post(batch(event({ properties: { text: 'x'.repeat(70_000) } }))),
    await app.request('/v1/events'),
    await app.request('/nowhere'),
    await relayThat(new Error('gone')).post(batch(event())),
  ];
  expect(answers.map(({ status }) => status)).toEqual([400, 422, 415, 403, 413, 405, 404, 503]);
  for (const answer of answers) {
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({
      type: expect.stringMatching(/troubleshooting\.md#[a-z_]+$/),
      code: expect.any(String),
    });
  }
});
