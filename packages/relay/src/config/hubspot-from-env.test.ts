import { expect, test } from 'vitest';
import { EnvReader } from './env-reader.ts';
import { hubspotFromEnv } from './hubspot-from-env.ts';

const refresh = {
  HUBSPOT_REFRESH_TOKEN: 'r',
  HUBSPOT_CLIENT_ID: 'c',
  HUBSPOT_CLIENT_SECRET: 's',
};

function problemsOf(variables: Record<string, string>): readonly string[] {
  const env = new EnvReader(variables);
  hubspotFromEnv(env);
  return env.problems;
}

test.each([
  ['HUBSPOT_BASE_URL', { HUBSPOT_ACCESS_TOKEN: 't', HUBSPOT_BASE_URL: 'http://api.hubapi.com' }],
  ['HUBSPOT_BASE_URL', { HUBSPOT_ACCESS_TOKEN: 't', HUBSPOT_BASE_URL: 'http://10.0.0.1:80' }],
  ['HUBSPOT_TOKEN_URL', { ...refresh, HUBSPOT_TOKEN_URL: 'http://api.hubapi.com/oauth' }],
])('%s over plain http is refused: the credential would travel readable', (name, variables) => {
  expect(problemsOf(variables)).toEqual([expect.stringContaining(`${name} is not https`)]);
});

test.each(['http://127.0.0.1:8788', 'http://[::1]:8788', 'http://localhost:1', 'http://fake:8788'])(
  '%s stays within the machine',
  (url) => {
    expect(problemsOf({ HUBSPOT_ACCESS_TOKEN: 't', HUBSPOT_BASE_URL: url })).toEqual([]);
  },
);

test('an address with a password in it, which no request could be made to, is refused untold', () => {
  const problems = problemsOf({ HUBSPOT_ACCESS_TOKEN: 't', HUBSPOT_BASE_URL: 'https://me:pass@x' });
  expect(problems).toEqual(['HUBSPOT_BASE_URL has a user or a password in it: leave them out']);
});
