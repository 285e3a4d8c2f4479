import { expect, test } from 'vitest';
import { MAX_EVENTS_PER_REQUEST, MAX_PROPERTIES_PER_EVENT, parseBatch } from './index.ts';

const uuid = '3f0e1d2c-5b6a-4798-8abc-0123456789ab';
const event = {
  uuid,
  eventName: 'signup',
  properties: { plan: 'pro' },
  occurredAt: 1_763_999_999_000,
};
const batch = (...events: unknown[]) => ({ sentAt: 1_764_000_000_000, events });

/** Parses what must be a batch, so that a test can speak of what became of it. */
function parsed(input: unknown) {
  const result = parseBatch(input);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result;
}

test('a good batch comes through unchanged', () => {
  const utk = '0123456789abcdef0123456789abcdef';
  const result = parsed({ ...batch(event), utk, identity: 'a.b.c' });
  expect(result.batch).toEqual({ ...batch(event), utk, identity: 'a.b.c' });
  expect(result.rejected).toEqual([]);
  expect(result.notes).toEqual([]);
});

test.each([
  ['null', null, ''],
  ['an array', [], ''],
  ['a number', 7, ''],
  ['no events', { sentAt: 1 }, 'events'],
  ['empty events', { sentAt: 1, events: [] }, 'events'],
  ['a missing clock', { events: [event] }, 'sentAt'],
  ['a clock no Date can hold', { sentAt: 1e300, events: [event] }, 'sentAt'],
  ['too many events', batch(...Array(MAX_EVENTS_PER_REQUEST + 1).fill(event)), 'events'],
  ['an identity that is no string', { ...batch(event), identity: {} }, 'identity'],
])('%s is no batch, and the issue says where', (_, input, path) => {
  const result = parseBatch(input);
  expect(result.ok).toBe(false);
  expect(!result.ok && result.issues.map((issue) => issue.path)).toEqual([path]);
});

test.each([
  ['no uuid', { ...event, uuid: undefined }, 'invalid_event'],
  ['an upper-case uuid', { ...event, uuid: uuid.toUpperCase() }, 'invalid_event'],
  ['a uuid that can be derived', { ...event, uuid: uuid.replace('-4', '-5') }, 'invalid_event'],
  ['a uuid of nothing', { ...event, uuid: uuid.replace(/\w/g, '0') }, 'invalid_event'],
  ['a name with a space', { ...event, eventName: 'sign up' }, 'invalid_event_name'],
  ['a name that starts with a digit', { ...event, eventName: '1signup' }, 'invalid_event_name'],
  ['a name of 51 characters', { ...event, eventName: 'a'.repeat(51) }, 'invalid_event_name'],
  ['an endless name', { ...event, eventName: 'a'.repeat(1e5) }, 'invalid_event_name'],
  ['a time that is not a number', { ...event, occurredAt: '2026-01-01' }, 'invalid_event'],
  ['an e-mail address', { ...event, email: 'a@example.com' }, 'invalid_event'],
  ['an object id', { ...event, objectId: '1' }, 'invalid_event'],
  ['a string for an event', 'signup', 'invalid_event'],
])('%s rejects that event and no other', (_, bad, code) => {
  const other = { ...event, uuid: uuid.replace('3f', '4f') };
  const result = parsed(batch(bad, other));
  expect(result.batch.events).toEqual([other]);
  expect(result.rejected).toMatchObject([{ index: 0, code }]);
});

test('a refused e-mail address says how to do it right', () => {
  const result = parsed(batch({ ...event, email: 'a@example.com' }));
  expect(result.rejected[0]?.message).toContain('Sign it into "identity"');
});

test('a property that cannot be sent is left out, noted, and the event goes on', () => {
  const result = parsed(
    batch({ ...event, properties: { plan: 'pro', cart: { a: 1 }, 'Bad Name': 'x' } }),
  );
  expect(result.batch.events[0]?.properties).toEqual({ plan: 'pro' });
  expect(result.notes.map((note) => note.path)).toEqual([
    'events[0].properties.cart',
    'events[0].properties.Bad Name',
  ]);
});

test('properties beyond what HubSpot takes are left out', () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`p${i}`, i]));
  const result = parsed(batch({ ...event, properties: many }));
  expect(Object.keys(result.batch.events[0]?.properties ?? {})).toHaveLength(
    MAX_PROPERTIES_PER_EVENT,
  );
  expect(result.notes).toHaveLength(10);
});

test('exactly as many properties as HubSpot takes are kept without a word', () => {
  const names = Array.from({ length: MAX_PROPERTIES_PER_EVENT }, (_, i) => [`p${i}`, i]);
  const result = parsed(batch({ ...event, properties: Object.fromEntries(names) }));
  expect(Object.keys(result.batch.events[0]?.properties ?? {})).toHaveLength(names.length);
  expect(result.notes).toEqual([]);
});

test('exactly as many events as a request may have are taken', () => {
  const events = Array.from({ length: MAX_EVENTS_PER_REQUEST }, () => event);
  expect(parsed(batch(...events)).batch.events).toHaveLength(MAX_EVENTS_PER_REQUEST);
});

test.each([
  ['a name of 50 characters', { eventName: 'a'.repeat(50) }],
  ['a whole name of 73', { eventName: `pe${'1'.repeat(20)}_${'a'.repeat(50)}` }],
  ['the first moment', { occurredAt: 0 }],
  ['the last moment', { occurredAt: 8.64e15 }],
  ['a property of 50 characters', { properties: { ['p'.repeat(50)]: 'x' } }],
])('%s is taken', (_, fields) => {
  const result = parsed(batch({ ...event, ...fields }));
  expect(result.batch.events).toEqual([{ ...event, ...fields }]);
  expect(result.notes).toEqual([]);
});

test.each([
  ['a whole name of 74', { eventName: `pe${'1'.repeat(21)}_${'a'.repeat(50)}` }],
  ['a moment before the first', { occurredAt: -1 }],
  ['a moment after the last', { occurredAt: 8.64e15 + 1 }],
])('%s is rejected', (_, fields) => {
  expect(parsed(batch({ ...event, ...fields })).rejected).toHaveLength(1);
});

test('a number that JSON can write and HubSpot cannot take is left out', () => {
  const text = JSON.stringify(batch({ ...event, properties: { big: 0 } }));
  const result = parsed(JSON.parse(text.replace('"big":0', '"big":1e999')));
  expect(result.batch.events[0]?.properties).toEqual({});
  expect(result.notes.map(({ path }) => path)).toEqual(['events[0].properties.big']);
});

test('a malformed utk is left out: the event may still have a cookie or an identity', () => {
  const result = parsed({ ...batch(event), utk: 'DROP TABLE' });
  expect(result.batch.utk).toBeUndefined();
  expect(result.notes[0]?.path).toBe('utk');
});

test('a __proto__ key reaches no prototype', () => {
  const input = JSON.parse(`{"sentAt":1,"__proto__":{"utk":"0123456789abcdef0123456789abcdef"},
    "events":[{"uuid":"${uuid}","eventName":"signup","occurredAt":1,"properties":{"__proto__":{"polluted":"yes"},"constructor":"c"}}]}`);
  const result = parsed(input);
  expect(result.batch.utk).toBeUndefined();
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.keys(result.batch.events[0]?.properties ?? {})).toEqual(['constructor']);
});
