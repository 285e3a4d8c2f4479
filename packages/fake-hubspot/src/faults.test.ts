import { describe, expect, test } from 'vitest';
import { call, callBatch, nextRequest, signup } from '../test/call.ts';
import { createFakeHubSpot, demoCredentials, type FakeHubSpot } from './index.ts';

const statuses = async (hubspot: FakeHubSpot, times: number) => {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) seen.push((await call(hubspot, signup())).status);
  return seen;
};

test('applies nothing while a status fault is on', async () => {
  const hubspot = createFakeHubSpot();
  const undo = hubspot.fail({ status: 503 });
  expect(await statuses(hubspot, 2)).toEqual([503, 503]);
  expect(hubspot.received()).toEqual([]);
  undo();
  expect(await statuses(hubspot, 1)).toEqual([204]);
});

test('faults with a count follow each other', async () => {
  const hubspot = createFakeHubSpot();
  hubspot.fail({ status: 503, times: 2 });
  hubspot.fail({ status: 429, times: 1 });
  expect(await statuses(hubspot, 4)).toEqual([503, 503, 429, 204]);
});

test('a fault ends when its time is over', async () => {
  let now = 1_000;
  const hubspot = createFakeHubSpot({ now: () => now });
  hubspot.fail({ status: 503, untilMs: 2_000 });
  expect(await statuses(hubspot, 1)).toEqual([503]);
  now = 2_000;
  expect(await statuses(hubspot, 1)).toEqual([204]);
});

test('each undo takes back its own fault', async () => {
  const hubspot = createFakeHubSpot();
  const undoFirst = hubspot.fail({ status: 503 });
  hubspot.fail({ status: 500 });
  undoFirst();
  undoFirst();
  expect(await statuses(hubspot, 1)).toEqual([500]);
});

test('meets send requests only, unless it says which', async () => {
  const hubspot = createFakeHubSpot();
  hubspot.fail({ status: 503 });
  const types = () =>
    call(hubspot, undefined, { method: 'GET', path: '/events/v3/events/event-types' });
  expect((await types()).status).toBe(200);
  hubspot.fail({ status: 502, match: ({ path }) => path.endsWith('/event-types') });
  expect((await types()).status).toBe(502);
});

test('latency adds up and is waited for by the given clock', async () => {
  const waits: number[] = [];
  const hubspot = createFakeHubSpot({ sleep: async (ms) => void waits.push(ms) });
  hubspot.fail({ latencyMs: 300 });
  hubspot.fail({ latencyMs: 200, status: 503, times: 1 });
  expect(await statuses(hubspot, 2)).toEqual([503, 204]);
  expect(waits).toEqual([500, 300]);
});

describe('answers in HubSpot’s shapes', () => {
  test.each<[number, Record<string, unknown>]>([
    [400, { category: 'VALIDATION_ERROR' }],
    [401, { category: 'INVALID_AUTHENTICATION' }],
    [403, { category: 'MISSING_SCOPES' }],
    [429, { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING', category: undefined }],
    [500, { message: 'internal error', category: undefined }],
  ])('%d', async (status, shape) => {
    const hubspot = createFakeHubSpot();
    hubspot.fail({ status });
    const answer = await call(hubspot, signup());
    expect(answer.status).toBe(status);
    const body = await answer.json();
    for (const [field, value] of Object.entries(shape)) expect(body[field]).toBe(value);
    expect(body).toMatchObject({
      status: 'error',
      correlationId: answer.headers.get('x-hubspot-correlation-id'),
    });
  });

  test.each([502, 504, 520, 521, 522, 523, 524, 525, 526])(
    '%d is a page of HTML',
    async (status) => {
      const hubspot = createFakeHubSpot();
      hubspot.fail({ status });
      const answer = await call(hubspot, signup());
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
      expect(await answer.text()).toContain(`Error ${status}`);
    },
  );

  test.each([
    ['documented', ['errorType', 'policyName', 'requestId']],
    ['recorded', ['errorType', 'policyName', 'groupName']],
    ['category', ['category', 'policyName']],
  ] as const)('429, %s', async (rateLimitBody, fields) => {
    const hubspot = createFakeHubSpot({ rateLimitBody });
    hubspot.fail({ status: 429 });
    const body = await (await call(hubspot, signup())).json();
    expect(Object.keys(body)).toEqual(['status', 'message', 'correlationId', ...fields]);
  });

  test.each([
    ['SECONDLY', 'You have reached your secondly limit.'],
    ['TEN_SECONDLY_ROLLING', 'You have reached your ten_secondly_rolling limit.'],
    ['DAILY', 'You have reached your daily limit.'],
  ] as const)('429 of policy %s', async (policyName, message) => {
    const hubspot = createFakeHubSpot();
    hubspot.fail({ status: 429, policyName });
    const body = await (await call(hubspot, signup())).json();
    expect(body).toMatchObject({ policyName, message });
  });

  test('477 says for how long, other answers only when told to', async () => {
    const hubspot = createFakeHubSpot();
    hubspot.fail({ status: 477, times: 1 });
    hubspot.fail({ status: 503, times: 1 });
    hubspot.fail({ status: 503, retryAfter: 7, times: 1 });
    const waits = [];
    for (let i = 0; i < 3; i++)
      waits.push((await call(hubspot, signup())).headers.get('retry-after'));
    expect(waits).toEqual(['86400', null, '7']);
  });

  test('redirects somewhere', async () => {
    const hubspot = createFakeHubSpot();
    hubspot.fail({ status: 302, headers: { location: 'https://elsewhere.example/' } });
    const answer = await call(hubspot, signup());
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('https://elsewhere.example/');
  });

  test('or as the test wants', async () => {
    const hubspot = createFakeHubSpot();
    hubspot.fail({ status: 403, body: { status: 'error', category: 'NOT_ENTITLED' } });
    expect(await (await call(hubspot, signup())).json()).toEqual({
      status: 'error',
      category: 'NOT_ENTITLED',
    });
  });
});

describe('without a socket, fetch', () => {
  test.each(['reset', 'drop-reply'] as const)('rejects on %s as in Node', async (kind) => {
    const hubspot = createFakeHubSpot();
    hubspot.fail({ kind });
    await expect(call(hubspot, signup())).rejects.toThrow(new TypeError('fetch failed'));
    expect(hubspot.received()).toHaveLength(kind === 'reset' ? 0 : 1);
  });

  test.each(['hang', 'hang-reply'] as const)('waits on %s until it is aborted', async (kind) => {
    const hubspot = createFakeHubSpot();
    hubspot.fail({ kind });
    const arrival = nextRequest(hubspot);
    const giveUp = new AbortController();
    const answer = expect(call(hubspot, signup(), { signal: giveUp.signal })).rejects.toThrow(
      'gave up',
    );
    await arrival;
    giveUp.abort(new Error('gave up'));
    await answer;
    expect(hubspot.received()).toHaveLength(kind === 'hang' ? 0 : 1);
  });

  test('gives half a body on truncate', async () => {
    const hubspot = createFakeHubSpot();
    hubspot.fail({ kind: 'truncate', status: 500 });
    const answer = await call(hubspot, signup());
    expect(answer.status).toBe(500);
    await expect(answer.text()).rejects.toThrow('terminated');
  });
});

describe('a poison event', () => {
  test.each([
    ['atomic', 0],
    ['partial', 2],
  ] as const)('fails its batch, %s', async (badItem, applied) => {
    const hubspot = createFakeHubSpot({ badItem });
    const uuid = crypto.randomUUID();
    hubspot.fail({ poison: uuid });
    expect((await callBatch(hubspot, [signup(), signup({ uuid }), signup()])).status).toBe(400);
    expect(hubspot.received()).toHaveLength(applied);
    expect((await call(hubspot, signup({ uuid }))).status).toBe(400);
    expect((await call(hubspot, signup())).status).toBe(204);
  });

  test('can be known by what it says, and can break the server', async () => {
    const hubspot = createFakeHubSpot();
    hubspot.fail({ status: 500, times: 1, poison: ({ properties }) => properties.plan === 'free' });
    const poison = signup({ properties: { plan: 'free' } });
    const answer = await callBatch(hubspot, [poison, signup()]);
    expect(answer.status).toBe(500);
    expect(hubspot.received()).toEqual([]);
    expect((await call(hubspot, poison)).status).toBe(204);
  });
});

test('a fault comes before the credential is looked at', async () => {
  const hubspot = createFakeHubSpot();
  hubspot.fail({ status: 521, times: 1 });
  const options = { headers: { authorization: 'Bearer nonsense' } };
  expect((await call(hubspot, signup(), options)).status).toBe(521);
  expect((await call(hubspot, signup(), options)).status).toBe(401);
  expect(demoCredentials.accessToken).not.toBe('nonsense');
});
