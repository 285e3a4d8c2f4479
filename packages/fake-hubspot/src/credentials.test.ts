import { describe, expect, test } from 'vitest';
import { call, signup } from '../test/call.ts';
import { createFakeHubSpot, demoCredentials, SEND_SCOPE } from './index.ts';

const now = Date.parse('2026-03-31T12:00:00.000Z');
const options = {
  now: () => now,
  accessTokens: [
    'good',
    { token: 'expired', expiresAt: now - 75_000 },
    { token: 'powerless', scopes: ['crm.objects.contacts.read'] },
  ],
  hapikeys: ['legacy-key'],
  privateAppLegacyTokens: ['legacy-token'],
};

describe('lets in', () => {
  test.each([
    ['access-token', { authorization: 'Bearer good' }, ''],
    ['access-token', { authorization: 'bearer good' }, ''],
    ['private-app-legacy', { 'private-app-legacy': 'legacy-token', authorization: undefined }, ''],
    ['hapikey', { authorization: undefined }, '?hapikey=legacy-key'],
  ] as const)('%s %j %s', async (credential, headers, query) => {
    const hubspot = createFakeHubSpot(options);
    const answer = await call(hubspot, signup(), { path: `/events/v3/send${query}`, headers });
    expect(answer.status).toBe(204);
    expect(hubspot.received()).toMatchObject([{ credential }]);
  });
});

describe('turns away', () => {
  const unknownPat = `pat-na1-${crypto.randomUUID()}`;
  test.each<[string, Record<string, string | undefined>, string, number, string]>([
    ['no credential', {}, '', 401, 'INVALID_AUTHENTICATION'],
    ['another scheme', { authorization: 'Basic Z29vZA==' }, '', 401, 'INVALID_AUTHENTICATION'],
    ['a bare token', { authorization: 'good' }, '', 401, 'INVALID_AUTHENTICATION'],
    [
      'an unknown token',
      { authorization: `Bearer ${unknownPat}` },
      '',
      401,
      'INVALID_AUTHENTICATION',
    ],
    ['a malformed token', { authorization: 'Bearer nonsense' }, '', 401, 'EXPIRED_AUTHENTICATION'],
    ['an expired token', { authorization: 'Bearer expired' }, '', 401, 'EXPIRED_AUTHENTICATION'],
    ['a token without the scope', { authorization: 'Bearer powerless' }, '', 403, 'MISSING_SCOPES'],
    ['an unknown legacy token', { 'private-app-legacy': 'x' }, '', 401, 'INVALID_AUTHENTICATION'],
    ['an unknown API key', {}, '?hapikey=x', 401, 'INVALID_AUTHENTICATION'],
    ['a token in the query', {}, '?access_token=good', 401, 'INVALID_AUTHENTICATION'],
  ])('%s', async (_, headers, query, status, category) => {
    const hubspot = createFakeHubSpot(options);
    const answer = await call(hubspot, signup(), {
      path: `/events/v3/send${query}`,
      headers: { authorization: undefined, ...headers },
    });
    expect(answer.status).toBe(status);
    const body = await answer.json();
    expect(body).toMatchObject({ status: 'error', category });
    expect(body.correlationId).toBe(answer.headers.get('x-hubspot-correlation-id'));
    expect(hubspot.received()).toEqual([]);
  });
});

test('API keys are off unless switched on, as at HubSpot since 2022', async () => {
  const answer = await call(createFakeHubSpot(), signup(), {
    path: '/events/v3/send?hapikey=legacy-key',
    headers: { authorization: undefined },
  });
  expect(answer.status).toBe(401);
});

test('says since when a token is expired, and 1970 of one that it cannot decode', async () => {
  const hubspot = createFakeHubSpot(options);
  const ask = async (token: string) =>
    (await call(hubspot, signup(), { headers: { authorization: `Bearer ${token}` } })).json();
  expect(await ask('expired')).toMatchObject({
    message: 'The OAuth token used to make this call expired 75 second(s) ago.',
    context: { 'expire time': ['2026-03-31T11:58:45.000Z'] },
  });
  expect(await ask('nonsense')).toMatchObject({
    message: 'The OAuth token used to make this call expired 20543 day(s) ago.',
    context: { 'expire time': ['1970-01-01T00:00:00.000Z'] },
  });
});

test('names the missing scope', async () => {
  const answer = await call(createFakeHubSpot(options), signup(), {
    headers: { authorization: 'Bearer powerless' },
  });
  expect(await answer.json()).toMatchObject({
    errors: [{ context: { requiredGranularScopes: [SEND_SCOPE] } }],
  });
});

test('shows requests without their secrets, and keeps the raw ones', async () => {
  const hubspot = createFakeHubSpot({ hapikeys: ['key-secret'] });
  await call(hubspot, signup());
  await call(hubspot, signup(), {
    path: '/events/v3/send?hapikey=key-secret',
    headers: { authorization: undefined, 'private-app-legacy': undefined },
  });
  const [bearer, hapikey] = hubspot.requests().map(({ raw, ...shown }) => ({ raw, shown }));
  expect(bearer?.shown.headers.authorization).toBe('Bearer [redacted]');
  expect(JSON.stringify([bearer?.shown, hapikey?.shown])).not.toMatch(/secret|fake-send-token/);
  expect(bearer?.raw.headers.authorization).toBe(`Bearer ${demoCredentials.accessToken}`);
  expect(hapikey?.raw.query).toEqual({ hapikey: 'key-secret' });
});

test('tells whose an access token is', async () => {
  const hubspot = createFakeHubSpot();
  const ask = (tokenKey: string) =>
    call(hubspot, { tokenKey }, { path: '/oauth/v2/private-apps/get/access-token-info' });
  expect(await (await ask(demoCredentials.accessToken)).json()).toMatchObject({
    hubId: 1234567,
    scopes: [SEND_SCOPE],
  });
  expect((await ask('nonsense')).status).toBe(404);
  expect(JSON.stringify(hubspot.requests().map(({ raw, ...shown }) => shown))).not.toContain(
    demoCredentials.accessToken,
  );
});
