import { describe, expect, test } from 'vitest';
import { call, signup } from '../test/call.ts';
import { createFakeHubSpot, demoCredentials, type FakeHubSpot } from './index.ts';

const refresh = {
  grant_type: 'refresh_token',
  client_id: demoCredentials.clientId,
  client_secret: demoCredentials.clientSecret,
  refresh_token: demoCredentials.refreshToken,
};

function token(hubspot: FakeHubSpot, form: Record<string, string>, path = '/oauth/2026-09/token') {
  return call(hubspot, new URLSearchParams(form).toString(), {
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: undefined },
  });
}

function sendWith(hubspot: FakeHubSpot, accessToken: string) {
  return call(hubspot, signup(), { headers: { authorization: `Bearer ${accessToken}` } });
}

test.each(['v1', 'v3', '2026-03', '2026-09'])(
  'issues a token that can send, at version %s',
  async (version) => {
    const hubspot = createFakeHubSpot();
    const answer = await token(hubspot, refresh, `/oauth/${version}/token`);
    expect(answer.status).toBe(200);
    const body = await answer.json();
    expect(body).toMatchObject({
      token_type: 'bearer',
      refresh_token: demoCredentials.refreshToken,
      expires_in: 1_800,
      hub_id: 1234567,
    });
    expect((await sendWith(hubspot, body.access_token)).status).toBe(204);
    expect(hubspot.received()).toMatchObject([{ credential: 'oauth' }]);
    expect(hubspot.issuedTokens()).toMatchObject([{ uses: 1 }]);
    expect(hubspot.count().tokenRequests).toBe(1);
  },
);

test('lets a token expire by its own clock', async () => {
  let now = 1_800_000_000_000;
  const hubspot = createFakeHubSpot({ now: () => now });
  const { access_token } = await (await token(hubspot, refresh)).json();
  now += 1_799_000;
  expect((await sendWith(hubspot, access_token)).status).toBe(204);
  now += 1_000;
  const answer = await sendWith(hubspot, access_token);
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ category: 'EXPIRED_AUTHENTICATION' });
});

test('expires issued tokens on request, and no others', async () => {
  const hubspot = createFakeHubSpot();
  const { access_token } = await (await token(hubspot, refresh)).json();
  hubspot.expireIssuedTokens();
  expect((await sendWith(hubspot, access_token)).status).toBe(401);
  expect((await sendWith(hubspot, demoCredentials.accessToken)).status).toBe(204);
});

describe('fails with', () => {
  test.each([
    ['invalid_client', 'BAD_CLIENT_ID', { client_id: 'x' }],
    ['invalid_client', 'BAD_CLIENT_SECRET', { client_secret: 'x' }],
    ['invalid_grant', 'BAD_REFRESH_TOKEN', { refresh_token: 'x' }],
    ['invalid_grant', 'BAD_AUTH_CODE', { grant_type: 'authorization_code', code: 'x' }],
    ['unsupported_grant_type', 'BAD_GRANT_TYPE', { grant_type: 'password' }],
  ])('%s, %s', async (error, status, wrong) => {
    const answer = await token(createFakeHubSpot(), { ...refresh, ...wrong });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error, status });
  });

  test('415 when the parameters are JSON', async () => {
    const answer = await call(createFakeHubSpot(), refresh, { path: '/oauth/2026-09/token' });
    expect(answer.status).toBe(415);
  });

  test('400 when the parameters stand in the query', async () => {
    const query = new URLSearchParams(refresh);
    const answer = await token(createFakeHubSpot(), {}, `/oauth/2026-09/token?${query}`);
    expect(answer.status).toBe(400);
  });
});

test('exchanges a code once, for a refresh token that works', async () => {
  const { client_id, client_secret } = refresh;
  const hubspot = createFakeHubSpot({
    oauthClients: [{ clientId: client_id, clientSecret: client_secret, codes: ['one-time'] }],
  });
  const exchange = { grant_type: 'authorization_code', client_id, client_secret, code: 'one-time' };
  const { refresh_token } = await (await token(hubspot, exchange)).json();
  expect((await token(hubspot, exchange)).status).toBe(400);
  expect((await token(hubspot, { ...refresh, refresh_token })).status).toBe(200);
});

test('rotates refresh tokens when so switched', async () => {
  const hubspot = createFakeHubSpot({ rotateRefreshTokens: true });
  const { refresh_token } = await (await token(hubspot, refresh)).json();
  expect(refresh_token).not.toBe(demoCredentials.refreshToken);
  expect((await token(hubspot, refresh)).status).toBe(400);
  expect((await token(hubspot, { ...refresh, refresh_token })).status).toBe(200);
});

test('revokes a refresh token, but not the access tokens it gave', async () => {
  const hubspot = createFakeHubSpot();
  const { access_token } = await (await token(hubspot, refresh)).json();
  const about = (what: string, path: string) =>
    token(hubspot, { token: what }, `/oauth/2026-09/token/${path}`);
  const isActive = async (what: string) => (await (await about(what, 'introspect')).json()).active;

  expect(await isActive(demoCredentials.refreshToken)).toBe(true);
  expect((await about(demoCredentials.refreshToken, 'revoke')).status).toBe(204);
  expect(await isActive(demoCredentials.refreshToken)).toBe(false);
  expect(await isActive(access_token)).toBe(true);
  expect((await token(hubspot, refresh)).status).toBe(400);
  expect((await sendWith(hubspot, access_token)).status).toBe(204);
});

test('shows token requests without their secrets', async () => {
  const hubspot = createFakeHubSpot();
  await token(hubspot, refresh);
  const [{ raw, ...shown }] = hubspot.requests() as [ReturnType<FakeHubSpot['requests']>[0]];
  expect(shown.body).toContain('grant_type=refresh_token');
  expect(JSON.stringify(shown)).not.toMatch(/fake-client-secret|fake-refresh-token/);
  expect(raw.body).toContain('fake-refresh-token');
});
