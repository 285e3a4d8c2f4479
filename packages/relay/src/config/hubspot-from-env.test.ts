import { createFakeHubSpot, demoCredentials } from '@hubrelay/fake-hubspot';
import { describe, expect, test } from 'vitest';
import { createHubSpotClient } from '../hubspot/client.ts';
import { EnvReader } from './env-reader.ts';
import { hubspotFromEnv } from './hubspot-from-env.ts';

const FILES: Readonly<Record<string, string>> = {
  '/run/secrets/token': `${demoCredentials.accessToken}\n`,
  '/empty': '\n',
};

function read(variables: Record<string, string>) {
  const env = new EnvReader(variables, (path) => {
    if (FILES[path] === undefined) throw new Error('ENOENT');
    return FILES[path];
  });
  return { options: hubspotFromEnv(env), problems: env.problems };
}

const { accessToken, refreshToken, clientId, clientSecret } = demoCredentials;
const app = { HUBSPOT_REFRESH_TOKEN: refreshToken, HUBSPOT_CLIENT_ID: clientId };

describe('each kind of credential is taken by HubSpot', () => {
  test.each<[string, Record<string, string>]>([
    ['access-token', { HUBSPOT_ACCESS_TOKEN: accessToken }],
    ['access-token', { HUBSPOT_ACCESS_TOKEN_FILE: '/run/secrets/token' }],
    [
      'access-token',
      { HUBSPOT_ACCESS_TOKEN: 'revoked', HUBSPOT_ACCESS_TOKEN_PREVIOUS: accessToken },
    ],
    ['oauth', { ...app, HUBSPOT_CLIENT_SECRET: clientSecret }],
    [
      'oauth',
      {
        ...app,
        HUBSPOT_CLIENT_SECRET: clientSecret,
        HUBSPOT_TOKEN_URL: 'https://o.example/oauth/v3/token',
      },
    ],
    ['hapikey', { HUBSPOT_HAPIKEY: 'old-key' }],
    ['private-app-legacy', { HUBSPOT_PRIVATE_APP_LEGACY: 'old-token' }],
  ])('%s: %j', async (kind, variables) => {
    const { options, problems } = read(variables);
    expect(problems).toEqual([]);
    const hubspot = createFakeHubSpot({
      hapikeys: ['old-key'],
      privateAppLegacyTokens: ['old-token'],
    });
    const client = createHubSpotClient({ ...options, fetch: hubspot.fetch });
    const event = { uuid: crypto.randomUUID(), eventName: 'pe1234567_signup', properties: {} };
    const occurredAt = new Date().toISOString();
    const answer = await client.send([
      JSON.stringify({ ...event, occurredAt, utk: '0'.repeat(32) }),
    ]);
    expect(answer).toEqual({ kind: 'response', status: 204 });
    expect(hubspot.requests().at(-1)?.credential).toBe(kind);
    expect(JSON.stringify(options)).not.toMatch(/old-|fake-.*-token|revoked/);
  });
});

test.each<[string, Record<string, string>, RegExp[]]>([
  ['no credential', {}, [/^HUBSPOT_ACCESS_TOKEN is not set: create a service key/]],
  [
    'two kinds',
    { HUBSPOT_ACCESS_TOKEN: 'a', HUBSPOT_HAPIKEY: 'b' },
    [/^HUBSPOT_HAPIKEY is set beside HUBSPOT_ACCESS_TOKEN/],
  ],
  [
    'a token and its file',
    { HUBSPOT_ACCESS_TOKEN: 'a', HUBSPOT_ACCESS_TOKEN_FILE: '/run/secrets/token' },
    [/^HUBSPOT_ACCESS_TOKEN is set twice/],
  ],
  [
    'a file that is not there',
    { HUBSPOT_ACCESS_TOKEN_FILE: '/nowhere' },
    [/^HUBSPOT_ACCESS_TOKEN_FILE names \/nowhere, which cannot be read/],
  ],
  [
    'an empty file',
    { HUBSPOT_ACCESS_TOKEN_FILE: '/empty' },
    [/^HUBSPOT_ACCESS_TOKEN_FILE names \/empty, which is empty/],
  ],
  [
    'the README’s ellipsis',
    { HUBSPOT_ACCESS_TOKEN: 'pat-…' },
    [/^HUBSPOT_ACCESS_TOKEN has a character that no key has/],
  ],
  [
    'half an app',
    { HUBSPOT_REFRESH_TOKEN: 'r' },
    [/^HUBSPOT_CLIENT_ID is not set/, /^HUBSPOT_CLIENT_SECRET is not set/],
  ],
  [
    'no address',
    { HUBSPOT_ACCESS_TOKEN: 'a', HUBSPOT_BASE_URL: 'api.hubapi.com' },
    [/^HUBSPOT_BASE_URL is "api.hubapi.com": write a whole address/],
  ],
  [
    'no version',
    { HUBSPOT_ACCESS_TOKEN: 'a', HUBSPOT_API_VERSION: 'v4' },
    [/^HUBSPOT_API_VERSION is "v4": write one of v3, 2026-03, 2026-09/],
  ],
])('%s: what is wrong is said, once', (_, variables, messages) => {
  expect(read(variables).problems).toEqual(
    messages.map((message) => expect.stringMatching(message)),
  );
});
