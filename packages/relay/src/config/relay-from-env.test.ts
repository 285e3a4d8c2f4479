import { describe, expect, test } from 'vitest';
import { EnvReader } from './env-reader.ts';
import { limitsFromEnv } from './limits-from-env.ts';
import { relayFromEnv } from './relay-from-env.ts';

const signup = { fullyQualifiedName: 'pe1234567_signup', properties: {} };
const lock = { version: 1, hubId: '1234567', events: { signup } };
const SECRET = 'a secret of thirty-two bytes, or more';
const TOKEN = 'pat-na1-01234567-89ab-cdef-0123-456789abcdef';
const OTHER = { eventName: 'never_defined' };
const page = { kind: 'page', facts: {} } as const;

function read(variables: Record<string, string>, files: Record<string, string> = {}) {
  const readFile = (path: string) => {
    if (files[path] === undefined) throw new Error('ENOENT');
    return files[path];
  };
  const env = new EnvReader({ ALLOWED_ORIGINS: 'https://shop.example', ...variables }, readFile);
  const settings = relayFromEnv(env);
  limitsFromEnv(env);
  return { ...settings, problems: env.problems };
}

describe('which events are let through', () => {
  test('must be said', () => {
    expect(read({}).problems).toEqual([expect.stringContaining('EVENTS_LOCK is not set')]);
  });

  test('is every event only by EVENTS=*', () => {
    const { policy, problems } = read({ EVENTS: '*', HUBSPOT_HUB_ID: '1' });
    expect(problems).toEqual([]);
    expect(policy.apply(OTHER, page)).toMatchObject({ ok: true, eventName: 'pe1_never_defined' });
  });

  test('is what the lock says, and the lock knows the Hub ID', () => {
    const { policy, problems, hubId } = read(
      { EVENTS_LOCK: 'events.lock.json' },
      { 'events.lock.json': JSON.stringify(lock) },
    );
    expect(problems).toEqual([]);
    expect(hubId).toBe('1234567');
    expect(policy.apply({ eventName: 'signup' }, page)).toMatchObject({ ok: true });
    expect(policy.apply(OTHER, page)).toMatchObject({ code: 'unknown_event' });
  });
});

const file = { EVENTS_LOCK: 'lock' };
const good = { lock: JSON.stringify(lock) };

test.each<[string, Record<string, string>, Record<string, string>, RegExp]>([
  ['a lock that is not there', file, {}, /^EVENTS_LOCK names lock, which cannot be read[^\n]*$/],
  [
    'a lock that is no JSON',
    file,
    { lock: '{' },
    /^EVENTS_LOCK names a file that is not JSON: name the one [^\n]*$/,
  ],
  [
    'a lock of another version',
    file,
    { lock: '{"version":2}' },
    /^EVENTS_LOCK is not a lock file that this relay can read \(version must be 1\): write it with [^\n]*$/,
  ],
  [
    'another file as lock',
    file,
    { lock: '{"name":"shop"}' },
    /^EVENTS_LOCK is not a lock file [^\n]*$/,
  ],
  [
    'a lock with a fault',
    file,
    { lock: JSON.stringify({ ...lock, hubId: 'x' }) },
    /\(hubId must be the digits of a Hub ID\)/,
  ],
  ['a lock and EVENTS=*', { ...file, EVENTS: '*' }, good, /EVENTS is "\*" beside a lock/],
  ['a lock of another account', { ...file, HUBSPOT_HUB_ID: '2' }, good, /HUBSPOT_HUB_ID is 2, but/],
  ['every event and no Hub ID', { EVENTS: '*' }, {}, /HUBSPOT_HUB_ID is not set: write the digits/],
  ['some events', { EVENTS: 'signup' }, {}, /EVENTS is "signup": write one of \*, locked/],
  [
    'a short secret',
    { IDENTITY_SECRET: 'x', IDENTITY_AUDIENCE: 'a' },
    {},
    /IDENTITY_SECRET is too short/,
  ],
  [
    'a short previous secret',
    { IDENTITY_SECRET: SECRET, IDENTITY_SECRET_PREVIOUS: 'x', IDENTITY_AUDIENCE: 'a' },
    {},
    /IDENTITY_SECRET_PREVIOUS is too short/,
  ],
  ['no audience', { IDENTITY_SECRET: SECRET }, {}, /IDENTITY_AUDIENCE is not set/],
  ['an audience alone', { IDENTITY_AUDIENCE: 'a' }, {}, /IDENTITY_SECRET is not set/],
  ['identity required of nothing', { IDENTITY_REQUIRED: 'true' }, {}, /IDENTITY_SECRET is not set/],
  ['two kinds of keys', { IDENTITY_SECRET: SECRET, IDENTITY_JWKS: '{}' }, {}, /one of several/],
  [
    'no key set',
    { IDENTITY_JWKS: '[]', IDENTITY_AUDIENCE: 'a' },
    {},
    /IDENTITY_JWKS is not a key set/,
  ],
  [
    'a private key in the key set',
    { IDENTITY_JWKS: '{"keys":[{"kty":"OKP","d":"x"}]}', IDENTITY_AUDIENCE: 'a' },
    {},
    /public half/,
  ],
  [
    'keys over http',
    { IDENTITY_JWKS_URL: 'http://keys.example/jwks', IDENTITY_AUDIENCE: 'a' },
    {},
    /IDENTITY_JWKS_URL is not https/,
  ],
  [
    'a challenge without a secret',
    { CHALLENGE_EVENTS: 'signup' },
    {},
    /CHALLENGE_SECRET is not set/,
  ],
  ['a challenge of nothing', { CHALLENGE_SECRET: 's' }, {}, /CHALLENGE_EVENTS is not set/],
  ['a token in the wrong place', { HUBSPOT_HUB_ID: TOKEN }, {}, /HUBSPOT_HUB_ID is "\[key\]"/],
  [
    'a challenge of a qualified name',
    { EVENTS: '*', CHALLENGE_EVENTS: 'pe1_signup', CHALLENGE_SECRET: 's' },
    {},
    /CHALLENGE_EVENTS has "pe1_signup".*short names/,
  ],
  [
    'a challenge of an event that the lock has not',
    { ...file, CHALLENGE_EVENTS: 'signup,singup', CHALLENGE_SECRET: 's' },
    good,
    /CHALLENGE_EVENTS has "singup"/,
  ],
  [
    'a key set without a key',
    { IDENTITY_JWKS: '{"keys":[]}', IDENTITY_AUDIENCE: 'a' },
    {},
    /IDENTITY_JWKS has no key that the relay can use/,
  ],
  [
    'a key of a server, in place of its hash',
    { EVENTS: '*', HUBSPOT_HUB_ID: '1', RELAY_KEYS: `hrk_${SECRET}` },
    {},
    /^RELAY_KEYS is not what "hubrelay key make" writes \(it is not JSON\): name its file in RELAY_KEYS_FILE$/,
  ],
  [
    'a key of a server, among hashes',
    { EVENTS: '*', HUBSPOT_HUB_ID: '1', RELAY_KEYS: JSON.stringify({ keys: [SECRET] }) },
    {},
    /^RELAY_KEYS .* \(keys\.0 must be an object: {…}\)/,
  ],
  [
    'a token in quotation marks',
    {
      CHALLENGE_EVENTS: 'signup',
      CHALLENGE_SECRET: `"${SECRET}"`,
      EVENTS: '*',
      HUBSPOT_HUB_ID: '1',
    },
    {},
    /^CHALLENGE_SECRET stands in quotation marks: leave them out$/,
  ],
  [
    'websites that no comma separates',
    { ALLOWED_ORIGINS: 'https://a.example https://b.example' },
    {},
    /ALLOWED_ORIGINS has "https:\/\/a.example https:\/\/b.example": separate your websites by commas/,
  ],
  [
    'a wildcard below a public suffix',
    { ALLOWED_ORIGINS: 'https://*.co.uk' },
    {},
    /ALLOWED_ORIGINS .* anyone can have a name below co\.uk; write your own/,
  ],
  [
    'frames without an origin, and no way to know who sends',
    { ALLOWED_ORIGINS: 'https://shop.example,null' },
    {},
    /ALLOWED_ORIGINS has "null": .* set IDENTITY_SECRET/,
  ],
  ['a path with a query', { EVENTS_PATH: '/v1/events?x' }, {}, /EVENTS_PATH is .* write a path/],
  [
    'another database to count in',
    { RATE_LIMIT_DATABASE_URL: 'mysql://relay:pass@db/events' },
    {},
    /RATE_LIMIT_DATABASE_URL is not a Postgres connection string: start with postgres:/,
  ],
  ['an unknown enrichment', { ENRICH: 'place,age' }, {}, /ENRICH has "age"/],
  ['a limit no full request keeps', { RATE_LIMIT_PER_VISITOR: '99' }, {}, /RATE_LIMIT_PER_VISITOR/],
  [
    'a flag that is a number',
    { POLICY_STRICT: '1' },
    {},
    /POLICY_STRICT is "1": write one of true/,
  ],
])('%s is named, and no secret is told', (_, variables, files, message) => {
  const problems = read({ EVENTS: 'locked', ...variables }, files).problems.join('\n');
  expect(problems).toMatch(message);
  expect(problems).not.toContain(SECRET);
  expect(problems).not.toContain(TOKEN);
});

test('everything set is everything taken', () => {
  const settings = read({
    EVENTS: '*',
    HUBSPOT_HUB_ID: '1',
    IDENTITY_SECRET: SECRET,
    IDENTITY_AUDIENCE: 'https://shop.example',
    IDENTITY_REQUIRED: 'true',
    CHALLENGE_EVENTS: 'signup, trial',
    CHALLENGE_SECRET: 's',
    ENRICH: 'user_agent',
    REFUSE_BOTS: 'true',
  });
  expect(settings).toMatchObject({
    problems: [],
    identity: { verify: expect.any(Function) },
    requireIdentity: true,
    challenge: { events: ['signup', 'trial'] },
    enrich: ['user_agent'],
    refuseBots: true,
  });
});
