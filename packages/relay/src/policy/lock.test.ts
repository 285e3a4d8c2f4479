import { expect, test } from 'vitest';
import { parseLock } from './lock.ts';

const signup = {
  fullyQualifiedName: 'pe1234567_signup',
  properties: {
    plan: { type: 'enumeration', options: ['free', 'pro'] },
    seats: { type: 'number' },
    health_note: { type: 'string', sensitivity: 'highly_sensitive' },
    old_plan: { type: 'string', archived: true },
  },
  withoutDefaults: true,
  matchedBy: 'plan',
};
const lock = (events: unknown, over = {}) => ({ version: 1, hubId: '1234567', events, ...over });

function issues(input: unknown) {
  const result = parseLock(input);
  return result.ok ? [] : result.issues;
}

test('a lock comes through unchanged', () => {
  const input = lock({ signup });
  expect(parseLock(input)).toEqual({ ok: true, lock: input });
});

test('an account without events has a lock too', () => {
  expect(parseLock(lock({}))).toMatchObject({ ok: true });
});

const withProperty = (property: unknown) =>
  lock({ signup: { ...signup, properties: { plan: property } } });

test.each([
  ['no JSON object', null, ''],
  ['a list of events', lock([]), 'events'],
  ['a later version', lock({ signup }, { version: 2 }), 'version'],
  ['a Hub ID with letters', lock({ signup }, { hubId: 'pe1' }), 'hubId'],
  ['a misspelt key', lock({ signup }, { event: {} }), 'event'],
  [
    'an event without properties',
    lock({ signup: { ...signup, properties: undefined } }),
    'events.signup.properties',
  ],
  ['a name HubSpot would not give', lock({ 'Sign Up': signup }), 'events.Sign Up'],
  ['an unknown type', withProperty({ type: 'colour' }), 'events.signup.properties.plan.type'],
  [
    'a misspelt sensitivity',
    withProperty({ type: 'string', sensitivity: 'secret' }),
    'events.signup.properties.plan.sensitivity',
  ],
  [
    'options on a string',
    withProperty({ type: 'string', options: ['a'] }),
    'events.signup.properties.plan',
  ],
])('%s is refused, and the issue says where', (_, input, path) => {
  expect(issues(input).map((issue) => issue.path)).toEqual([path]);
});

test('an event of another account is refused', () => {
  const foreign = { ...signup, fullyQualifiedName: 'pe7654321_signup' };
  expect(issues(lock({ signup: foreign }))).toEqual([
    { path: '', message: 'must name "signup" pe1234567_signup, not pe7654321_signup' },
  ]);
});

test('every problem is named at once', () => {
  expect(issues({ version: 3, hubId: 7, events: [] })).toHaveLength(3);
});

test('names of Object.prototype are no events', () => {
  const input = JSON.parse(`{"version":1,"hubId":"1","events":{"__proto__":{"x":1}}}`);
  const result = parseLock(input);
  expect(result.ok && Object.hasOwn(result.lock.events, '__proto__')).toBe(false);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});
