import { describe, expect, onTestFinished, test } from 'vitest';
import { event, eventJson, events } from '../../test/support/events.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { silentLogger } from '../observe/log.ts';
import { createHubSpotClient, type HubSpotClientOptions } from './client.ts';
import { accessToken, hapiKey, oauth, privateAppLegacy } from './credential.ts';

type Handler = (request: Request) => Response | Promise<Response>;

/** A client whose requests go to `handler`, and the requests it made. */
function clientTo(handler: Handler, options: Partial<HubSpotClientOptions> = {}) {
  onTestFinished(() => expect(clock.timers(), 'timers left behind').toBe(0));
  const requests: { request: Request; body: string; redirect: string | undefined }[] = [];
  const clock = createVirtualClock();
  const client = createHubSpotClient({
    credential: accessToken('token-a'),
    clock,
    ...options,
    async fetch(url, init) {
      const request = new Request(url, init);
      requests.push({ request, body: await request.clone().text(), redirect: init?.redirect });
      return handler(request);
    },
  });
  return { client, clock, requests };
}

const noContent: Handler = () => new Response(null, { status: 204 });

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

describe('a refusal', () => {
  test.each([
    ['a gateway', { message: 'request does not match schema' }, { isForeign: true }],
    ['HubSpot', { status: 'error', message: 'no' }, { error: { message: 'no' } }],
    ['HubSpot', { category: 'VALIDATION_ERROR' }, { error: { category: 'VALIDATION_ERROR' } }],
  ])('by %s is told from the others by its marks: %o', async (_, body, told) => {
    const { client } = clientTo(() => json(400, body));
    expect(await client.send([eventJson(1)])).toEqual({ kind: 'response', status: 400, ...told });
  });
});

describe('a call', () => {
  test('takes one event to /send as it is', async () => {
    const { client, requests } = clientTo(noContent);
    expect(await client.send([eventJson(1)])).toEqual({ kind: 'response', status: 204 });
    expect(requests[0]?.request.url).toBe('https://api.hubapi.com/events/v3/send');
    expect(requests[0]?.request.method).toBe('POST');
    expect(requests[0]?.request.headers.get('content-type')).toBe('application/json');
    expect(requests[0]?.request.headers.get('user-agent')).toBe('hubrelay');
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual(event(1));
  });

  test('takes several events to /send/batch', async () => {
    const { client, requests } = clientTo(noContent, { apiVersion: '2026-09' });
    await client.send(events(3).map((event) => JSON.stringify(event)));
    expect(requests[0]?.request.url).toBe('https://api.hubapi.com/events/2026-09/send/batch');
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ inputs: events(3) });
  });

  test('goes to another base URL and path when told', async () => {
    const { client, requests } = clientTo(noContent, {
      apiVersion: '/events/custom/2025-09/send',
      baseUrl: 'http://127.0.0.1:8080/',
    });
    await client.send([eventJson(1)]);
    expect(requests[0]?.request.url).toBe('http://127.0.0.1:8080/events/custom/2025-09/send');
  });

  test('never follows a redirect', async () => {
    const { client, requests } = clientTo(() => Response.redirect('https://evil.example/', 307));
    expect(await client.send([eventJson(1)])).toEqual({ kind: 'response', status: 307 });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.redirect).toBe('manual');
  });

  test('ends by the timeout', async () => {
    const { client, clock } = clientTo(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const answer = client.send([eventJson(1)]);
    await clock.advance(10_000);
    expect(await answer).toMatchObject({ kind: 'failure', reason: 'timeout' });
    expect(clock.timers()).toBe(0);
  });

  test('ends earlier when the caller has less time', async () => {
    const { client, clock } = clientTo(() => new Promise(() => {}));
    const answer = client.send([eventJson(1)], 2000);
    await clock.advance(2000);
    expect(await answer).toMatchObject({ reason: 'timeout' });
  });

  test('reports a fault of the network with its cause', async () => {
    const { client } = clientTo(() => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    });
    expect(await client.send([eventJson(1)])).toEqual({
      kind: 'failure',
      reason: 'network',
      message: 'fetch failed: connect ECONNREFUSED',
    });
  });

  test('reports a fault that has a code and no words', async () => {
    const { client } = clientTo(() => {
      throw Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    });
    expect(await client.send([eventJson(1)])).toMatchObject({ message: 'ECONNREFUSED' });
  });
});

describe('an answer', () => {
  test('keeps what HubSpot says', async () => {
    const { client } = clientTo(() =>
      json(400, {
        status: 'error',
        category: 'VALIDATION_ERROR',
        message: 'Property values were not valid',
        errors: [{ message: 'plan was not one of the allowed options' }],
        correlationId: 'c-1',
      }),
    );
    expect(await client.send([eventJson(1)])).toEqual({
      kind: 'response',
      status: 400,
      correlationId: 'c-1',
      error: {
        category: 'VALIDATION_ERROR',
        message: 'Property values were not valid; plan was not one of the allowed options',
      },
    });
  });

  test('reads the other shape that HubSpot gives a rate limit', async () => {
    const { client } = clientTo(() =>
      json(
        429,
        { errorType: 'RATE_LIMIT', policyName: 'SECONDLY', message: 'secondly limit' },
        { 'retry-after': '3', 'x-hubspot-correlation-id': 'c-2' },
      ),
    );
    expect(await client.send([eventJson(1)])).toEqual({
      kind: 'response',
      status: 429,
      retryAfterMs: 3000,
      correlationId: 'c-2',
      error: { category: 'RATE_LIMIT', policyName: 'SECONDLY', message: 'secondly limit' },
    });
  });

  test.each([
    ['HTML', '<html><title>522</title></html>'],
    ['a truncated object', '{"message":"Intern'],
    ['null', 'null'],
    ['an array', '[1]'],
    ['fields of other types', '{"message":{},"category":7,"errors":"x"}'],
  ])('is its status alone when the body is %s', async (_, body) => {
    const { client } = clientTo(() => new Response(body, { status: 522 }));
    expect(await client.send([eventJson(1)])).toEqual({ kind: 'response', status: 522 });
  });

  test('survives a body that breaks off', async () => {
    const { client } = clientTo(() => {
      const body = new ReadableStream({
        pull: (controller) => controller.error(new Error('reset')),
      });
      return new Response(body, { status: 502 });
    });
    expect(await client.send([eventJson(1)])).toEqual({ kind: 'response', status: 502 });
  });

  test('stops reading an endless body', async () => {
    let sent = 0;
    const { client } = clientTo(() => {
      const body = new ReadableStream({
        pull(controller) {
          sent += 16_384;
          controller.enqueue(new Uint8Array(16_384));
        },
      });
      return new Response(body, { status: 500 });
    });
    expect(await client.send([eventJson(1)])).toEqual({ kind: 'response', status: 500 });
    expect(sent).toBeLessThan(200_000);
  });
});

describe('a credential', () => {
  test.each([
    [accessToken('s3cret'), 'authorization', 'Bearer s3cret'],
    [privateAppLegacy('s3cret'), 'private-app-legacy', 's3cret'],
  ])('of kind $kind goes into a header', async (credential, name, value) => {
    const { client, requests } = clientTo(noContent, { credential });
    await client.send([eventJson(1)]);
    expect(requests[0]?.request.headers.get(name)).toBe(value);
  });

  test('of kind hapikey goes into the query', async () => {
    const { client, requests } = clientTo(noContent, { credential: hapiKey('a b') });
    await client.send([eventJson(1)]);
    expect(new URL(requests[0]?.request.url ?? '').searchParams.get('hapikey')).toBe('a b');
  });

  test.each([
    [accessToken('s3cret-1', 's3cret-2')],
    [hapiKey('s3cret-1')],
    [privateAppLegacy('s3cret-1')],
  ])('of kind $kind is in no answer', async (credential) => {
    const echo: Handler = (request) => {
      const sent = `${request.url} ${JSON.stringify([...request.headers])}`;
      return json(401, { message: sent, category: sent, correlationId: sent }, {});
    };
    const { client } = clientTo(echo, { credential });
    expect(JSON.stringify(await client.send([eventJson(1)]))).not.toContain('s3cret');
    const broken = clientTo(
      ({ url, headers }) => {
        throw new TypeError(`error sending request for url (${url}) ${[...headers]}`);
      },
      { credential },
    );
    expect(JSON.stringify(await broken.client.send([eventJson(1)]))).not.toContain('s3cret');
  });

  test('that straddles the place where HubSpot’s words are cut is in no answer', async () => {
    const token = `unheard-of-${'0123456789'.repeat(5)}`;
    for (const before of [460, 480, 499, 501]) {
      const words = `${'x'.repeat(before - 1)} ${token} and more`;
      const said = { message: words, category: words, correlationId: words, policyName: words };
      const { client } = clientTo(() => json(401, said, {}), { credential: accessToken(token) });
      expect(JSON.stringify(await client.send([eventJson(1)]))).not.toContain('unheard');
    }
  });

  test('that is being rotated gives way to the one that works, and stays away', async () => {
    const { client, requests } = clientTo(
      ({ headers }) =>
        headers.get('authorization') === 'Bearer new'
          ? noContent(new Request('x:'))
          : json(401, {}),
      { credential: accessToken('old', 'new') },
    );
    expect(await client.send([eventJson(1)])).toEqual({ kind: 'response', status: 204 });
    expect(await client.send([eventJson(2)])).toEqual({ kind: 'response', status: 204 });
    const used = requests.map(({ request }) => request.headers.get('authorization'));
    expect(used).toEqual(['Bearer old', 'Bearer new', 'Bearer new']);
  });

  test('that is refused with all its tokens is tried once with each', async () => {
    const { client, requests } = clientTo(() => json(401, {}), {
      credential: accessToken('a', 'b'),
    });
    expect(await client.send([eventJson(1)])).toEqual({ kind: 'response', status: 401 });
    expect(requests).toHaveLength(2);
  });

  test('that is turned by calls side by side is turned once', async () => {
    const { client } = clientTo(
      ({ headers }) =>
        headers.get('authorization') === 'Bearer new'
          ? noContent(new Request('x:'))
          : json(401, {}),
      { credential: accessToken('old', 'new') },
    );
    const answers = await Promise.all(
      [1, 2, 3, 4].map((number) => client.send([eventJson(number)])),
    );
    expect(answers.map((answer) => answer.kind === 'response' && answer.status)).toEqual(
      Array(4).fill(204),
    );
  });
});

describe('OAuth', () => {
  const options = { clientId: 'id', clientSecret: 's3cret-client', refreshToken: 's3cret-refresh' };

  /** HubSpot with a token endpoint: access-1, access-2, … are good while they are in `valid`. */
  function oauthHubSpot(token: Handler | undefined = undefined) {
    const valid = new Set<string>();
    let tokens = 0;
    const grant: Handler = () => {
      valid.add(`access-${++tokens}`);
      return json(200, {
        access_token: `access-${tokens}`,
        refresh_token: 's3cret-refresh',
        expires_in: 1800,
      });
    };
    const handler: Handler = (request) => {
      if (request.url.endsWith('/token')) return (token ?? grant)(request);
      const sent = request.headers.get('authorization')?.slice('Bearer '.length) ?? '';
      return valid.has(sent) ? noContent(request) : json(401, { category: 'EXPIRED' });
    };
    return { handler, valid };
  }

  function tokenRequests(requests: readonly { request: Request; body: string }[]) {
    return requests.filter(({ request }) => request.url.endsWith('/token'));
  }

  test('gets its access token by a form, with nothing in the query', async () => {
    const { handler } = oauthHubSpot();
    const { client, requests } = clientTo(handler, { credential: oauth(options) });
    expect(await client.send([eventJson(1)])).toEqual({ kind: 'response', status: 204 });
    const [token] = tokenRequests(requests);
    expect(token?.request.url).toBe('https://api.hubapi.com/oauth/2026-09/token');
    expect(token?.request.headers.get('content-type')).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(token?.body))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'id',
      client_secret: 's3cret-client',
      refresh_token: 's3cret-refresh',
    });
  });

  test('renews at three quarters of the life, once for all calls', async () => {
    const { handler } = oauthHubSpot();
    const { client, clock, requests } = clientTo(handler, { credential: oauth(options) });
    await Promise.all([
      client.send([eventJson(1)]),
      client.send([eventJson(2)]),
      client.send([eventJson(3)]),
    ]);
    expect(tokenRequests(requests)).toHaveLength(1);
    await clock.advance(1_349_000);
    await client.send([eventJson(4)]);
    expect(tokenRequests(requests)).toHaveLength(1);
    await clock.advance(1000);
    await Promise.all([client.send([eventJson(5)]), client.send([eventJson(6)])]);
    expect(tokenRequests(requests)).toHaveLength(2);
  });

  test('makes no call wait for a token endpoint that hangs while the token is valid', async () => {
    let hangs = false;
    const { handler, valid } = oauthHubSpot(() => {
      valid.add('access');
      const answer = json(200, { access_token: 'access', expires_in: 1000 });
      return hangs ? new Promise(() => {}) : answer;
    });
    const { client, clock, requests } = clientTo(handler, { credential: oauth(options) });
    await client.send([eventJson(1)]);
    hangs = true;
    await clock.advance(800_000);
    for (let n = 0; n < 20; n++)
      expect(await client.send([eventJson(n)])).toMatchObject({ status: 204 });
    expect(tokenRequests(requests)).toHaveLength(2);
    // The request for the token ends by its own timeout.
    await clock.advance(30_000);
  });

  test('renews once when HubSpot answers 401', async () => {
    const { handler, valid } = oauthHubSpot();
    const { client, requests } = clientTo(handler, { credential: oauth(options) });
    await client.send([eventJson(1)]);
    valid.clear();
    expect(await client.send([eventJson(2)])).toEqual({ kind: 'response', status: 204 });
    expect(tokenRequests(requests)).toHaveLength(2);
  });

  test('renews once when calls side by side are answered 401', async () => {
    const { handler, valid } = oauthHubSpot();
    const { client, requests } = clientTo(handler, { credential: oauth(options) });
    await client.send([eventJson(1)]);
    valid.clear();
    const answers = await Promise.all([2, 3, 4].map((number) => client.send([eventJson(number)])));
    expect(answers).toEqual(Array(3).fill({ kind: 'response', status: 204 }));
    expect(tokenRequests(requests)).toHaveLength(2);
  });

  test('does not renew again when HubSpot refuses the new token, too', async () => {
    const { handler } = oauthHubSpot(() => json(200, { access_token: 'never', expires_in: 1800 }));
    const { client, requests } = clientTo(handler, { credential: oauth(options) });
    expect(await client.send([eventJson(1)])).toMatchObject({ kind: 'response', status: 401 });
    expect(tokenRequests(requests)).toHaveLength(2);
    expect(requests).toHaveLength(4);
  });

  test('tells the owner of a new refresh token and uses it', async () => {
    const told: string[] = [];
    let count = 0;
    const { handler, valid } = oauthHubSpot(() => {
      valid.add('access');
      return json(200, { access_token: 'access', refresh_token: `r-${++count}`, expires_in: 10 });
    });
    const onRefreshToken = (token: { reveal(): string }) => told.push(token.reveal());
    const credential = oauth({ ...options, onRefreshToken });
    const warned: string[] = [];
    const log = { ...silentLogger, warn: (_: object, text: string) => warned.push(text) };
    const { client, clock, requests } = clientTo(handler, { credential, log });
    await client.send([eventJson(1)]);
    await clock.advance(10_000);
    await client.send([eventJson(2)]);
    expect(told).toEqual(['r-1', 'r-2']);
    expect(warned[0]).toMatch(/new refresh token.*after a restart/);
    expect(warned.join()).not.toContain('r-1');
    expect(tokenRequests(requests)[1]?.body).toContain('refresh_token=r-1');
  });

  test('lives on its last token while the token endpoint is down', async () => {
    let isDown = false;
    const { handler, valid } = oauthHubSpot(() => {
      valid.add('access');
      return isDown ? json(503, {}) : json(200, { access_token: 'access', expires_in: 1000 });
    });
    const { client, clock } = clientTo(handler, { credential: oauth(options) });
    await client.send([eventJson(1)]);
    isDown = true;
    await clock.advance(800_000);
    expect(await client.send([eventJson(2)])).toMatchObject({ status: 204 });
    await clock.advance(300_000);
    expect(await client.send([eventJson(3)])).toMatchObject({ kind: 'response', status: 503 });
  });

  test('that is revoked is a credential failure which tells why and nothing else', async () => {
    const { handler } = oauthHubSpot(() =>
      json(400, {
        error: 'invalid_grant',
        status: 'BAD_REFRESH_TOKEN',
        error_description: 'refresh token s3cret-refresh is invalid, expired or revoked',
      }),
    );
    const { client } = clientTo(handler, { credential: oauth(options) });
    expect(await client.send([eventJson(1)])).toEqual({
      kind: 'failure',
      reason: 'credential',
      message:
        'The token endpoint answered 400: invalid_grant, BAD_REFRESH_TOKEN, refresh token [redacted] is invalid, expired or revoked',
    });
  });

  test.each([408, 423, 425, 429, 477, 500, 502, 503, 504, 521])(
    'that is answered with %i for now is no fault of the credential',
    async (status) => {
      const { handler } = oauthHubSpot(() => json(status, {}));
      const { client } = clientTo(handler, { credential: oauth(options) });
      expect(await client.send([eventJson(1)])).toMatchObject({ kind: 'response', status });
    },
  );

  test.each([400, 401, 403, 404])(
    'that is refused with %i is a fault of the credential',
    async (status) => {
      const { handler } = oauthHubSpot(() => json(status, {}));
      const { client } = clientTo(handler, { credential: oauth(options) });
      expect(await client.send([eventJson(1)])).toMatchObject({ reason: 'credential' });
    },
  );

  test('makes no call wait longer than its timeout for a token', async () => {
    const { handler } = oauthHubSpot(() => new Promise(() => {}));
    const { client, clock } = clientTo(handler, { credential: oauth(options) });
    const answer = client.send([eventJson(1)], 1000);
    await clock.advance(1000);
    expect(await answer).toMatchObject({ kind: 'failure', reason: 'timeout' });
    // The request for the token goes on, for the calls after this one.
    await clock.advance(10_000);
  });
});
