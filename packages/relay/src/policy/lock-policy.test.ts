import type { Properties } from '@hubrelay/protocol';
import { describe, expect, test } from 'vitest';
import type { EventsLock } from './lock.ts';
import { lockPolicy } from './lock-policy.ts';
import type { Sender } from './policy.ts';

const lock: EventsLock = {
  version: 1,
  hubId: '1234567',
  events: {
    signup: {
      fullyQualifiedName: 'pe1234567_signup',
      properties: {
        plan: { type: 'enumeration', options: ['free', 'pro', 'team plan'] },
        size: { type: 'enumeration', options: ['s;m', '', 'x'.repeat(257), 'l', '1'] },
        open: { type: 'enumeration', options: ['true', 'false'] },
        colour: { type: 'enumeration' },
        seats: { type: 'number' },
        trial: { type: 'bool' },
        note: { type: 'string' },
        note_url: { type: 'string' },
        born: { type: 'date' },
        ends: { type: 'datetime' },
        diagnosis: { type: 'string', sensitivity: 'highly_sensitive' },
        old_plan: { type: 'string', archived: true },
      },
    },
    bare: { fullyQualifiedName: 'pe1234567_bare', withoutDefaults: true, properties: {} },
    gone: { fullyQualifiedName: 'pe1234567_gone', archived: true, properties: {} },
    deal_won: {
      fullyQualifiedName: 'pe1234567_deal_won',
      matchedBy: 'deal_id',
      properties: { deal_id: { type: 'string' } },
    },
  },
};
const page: Sender = { kind: 'page', facts: {} };
const server: Sender = { kind: 'server', facts: {} };

function apply(
  properties: Properties,
  { eventName = 'signup', sender = page, strict = false } = {},
) {
  return lockPolicy(lock, { strict }).apply({ eventName, properties }, sender);
}

function converted(name: string, value: Properties[string]) {
  const decision = apply({ [name]: value });
  return decision.ok ? (decision.properties[name] ?? decision.dropped[0]?.reason) : decision;
}

describe('events', () => {
  test.each(['signup', 'pe1234567_signup'])('%s is known', (eventName) => {
    expect(apply({}, { eventName })).toMatchObject({ ok: true, eventName: 'pe1234567_signup' });
  });

  test.each([
    ['signpu', 'unknown_event', 'hubrelay pull'],
    ['constructor', 'unknown_event', 'hubrelay pull'],
    ['gone', 'unknown_event', 'archived'],
    ['pe7654321_signup', 'invalid_event_name', 'another HubSpot account'],
  ])('%s is rejected as %s, and the message helps', (eventName, code, words) => {
    const message = expect.stringContaining(words);
    expect(apply({}, { eventName })).toEqual({ ok: false, code, message });
  });

  test('that HubSpot matches by a property say so when the property is there', () => {
    const eventName = 'deal_won';
    const of = (properties: Properties) => apply(properties, { eventName, sender: server });
    expect(of({ deal_id: '7' })).toMatchObject({ matchedByProperty: true });
    expect(of({})).toMatchObject({ matchedByProperty: false });
  });

  test('that HubSpot matches by a property cannot be pointed at a record by a page', () => {
    const eventName = 'deal_won';
    expect(apply({ deal_id: '7' }, { eventName })).toMatchObject({
      matchedByProperty: false,
      properties: {},
      dropped: [{ name: 'deal_id', reason: 'names_record' }],
    });
    expect(apply({ deal_id: '7' }, { eventName, strict: true })).toEqual({
      ok: false,
      code: 'unknown_property',
      message: expect.stringContaining('from your server'),
    });
  });
});

describe('values', () => {
  const day = Date.UTC(2026, 0, 31);
  test.each<[string, Properties[string], string]>([
    ['plan', 'pro', 'pro'],
    ['plan', ['free', 'team plan'], 'free;team plan'],
    ['plan', 'free;pro', 'free;pro'],
    ['plan', 'gold', 'wrong_type'],
    ['plan', ['free', 'gold'], 'wrong_type'],
    ['plan', 'Pro', 'wrong_type'],
    ['plan', '', 'wrong_type'],
    ['plan', [], 'wrong_type'],
    ['plan', ['free;pro'], 'wrong_type'],
    ['plan', ['free', ''], 'wrong_type'],
    ['size', ['s;m'], 'wrong_type'],
    ['size', 'x'.repeat(257), 'wrong_type'],
    ['size', ['l'], 'l'],
    ['size', 1, '1'],
    ['open', true, 'true'],
    ['colour', 'any', 'any'],
    ['colour', 'a;;b', 'wrong_type'],
    ['colour', ['', ''], 'wrong_type'],
    ['colour', 'a\0', 'wrong_type'],
    ['colour', '\ud800', 'wrong_type'],
    ['colour', 'x'.repeat(256), 'x'.repeat(256)],
    ['colour', 'x'.repeat(257), 'wrong_type'],
    ['colour', ['x'.repeat(200), 'y'.repeat(55)], `${'x'.repeat(200)};${'y'.repeat(55)}`],
    ['colour', ['x'.repeat(200), 'y'.repeat(56)], 'wrong_type'],
    ['plan', 'pr', 'wrong_type'],
    ['plan', 'team', 'wrong_type'],
    ['seats', 3, '3'],
    ['seats', -0, '0'],
    ['seats', '3.50', '3.50'],
    ['seats', 1e21, '1000000000000000000000'],
    ['seats', 1.5e-7, '0.00000015'],
    ['seats', 1e300, 'wrong_type'],
    ['seats', Number.NaN, 'wrong_type'],
    ['seats', '0x10', 'wrong_type'],
    ['seats', '1e3', '1000'],
    ['seats', '1.5E-2', '0.015'],
    ['seats', '1e400', 'wrong_type'],
    ['seats', '1,234.50', '1234.50'],
    ['seats', '1.234,50', '1234.50'],
    ['seats', '1,234,567', '1234567'],
    ['seats', '-1.234.567', '-1234567'],
    ['seats', '1,234', 'wrong_type'],
    ['seats', '12,34.5', 'wrong_type'],
    ['seats', '1,5', 'wrong_type'],
    ['seats', '', 'wrong_type'],
    ['seats', true, 'wrong_type'],
    ['seats', ['3'], 'wrong_type'],
    ['trial', true, 'true'],
    ['trial', 'false', 'false'],
    ['trial', 1, 'true'],
    ['trial', '0', 'false'],
    ['trial', 'True', 'true'],
    ['trial', 'FALSE', 'false'],
    ['trial', 2, 'wrong_type'],
    ['trial', 'yes', 'wrong_type'],
    ['trial', ['true'], 'wrong_type'],
    ['note', 7, '7'],
    ['note', '', ''],
    ['note', 'x'.repeat(256), 'x'.repeat(256)],
    ['note', 'x'.repeat(257), 'x'.repeat(256)],
    ['note_url', 'x'.repeat(1_024), 'x'.repeat(1_024)],
    ['note', 'a\0b\ud800c', 'a\u{FFFD}b\u{FFFD}c'],
    ['note', `${'x'.repeat(255)}👋`, 'x'.repeat(255)],
    ['note_url', 'x'.repeat(2_000), 'x'.repeat(1_024)],
    ['note', ['a'], 'wrong_type'],
    ['born', '2026-01-31', '2026-01-31'],
    ['born', day, '2026-01-31'],
    ['born', '2026-01-31T00:00:00Z', '2026-01-31'],
    ['born', day + 1, '2026-01-31'],
    ['born', '2026-01-31T23:59:59+01:00', '2026-01-31'],
    ['born', '2026-01-31T12:00:00', '2026-01-31'],
    ['born', '2026-01-31T25:00:00', 'wrong_type'],
    ['born', '2026-01-31T23:30:00-05:00', 'wrong_type'],
    ['born', '2026-02-31', 'wrong_type'],
    ['born', '31.01.2026', 'wrong_type'],
    ['ends', '2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['ends', '2026-02-31', 'wrong_type'],
    ['ends', day, '2026-01-31T00:00:00.000Z'],
    ['ends', String(day), '2026-01-31T00:00:00.000Z'],
    ['ends', '2026-01-31T01:00:00+01:00', '2026-01-31T00:00:00.000Z'],
    ['ends', '2026-01-31T01:00:00', 'wrong_type'],
    ['ends', '2026-02-30T01:00:00Z', 'wrong_type'],
    ['ends', 1e300, 'wrong_type'],
    ['ends', 8.64e15, 'wrong_type'],
    ['ends', '+275760-09-13T00:00:00Z', 'wrong_type'],
    ['ends', -1e14, 'wrong_type'],
    ['ends', 'tomorrow', 'wrong_type'],
    ['ends', true, 'wrong_type'],
  ])('%s from %j becomes %j', (name, value, expected) => {
    expect(converted(name, value)).toBe(expected);
  });

  test('that are null are not set, and that is no fault', () => {
    expect(apply({ plan: null, nonsense: null })).toMatchObject({ properties: {}, dropped: [] });
  });
});

describe('properties that cannot be sent', () => {
  const bad = [
    ['nonsense', 'unknown', 'unknown_property'],
    ['constructor', 'unknown', 'unknown_property'],
    ['old_plan', 'archived', 'unknown_property'],
    ['diagnosis', 'sensitive', 'unknown_property'],
    ['hs_country', 'set_by_relay', 'unknown_property'],
    ['seats', 'wrong_type', 'invalid_property'],
  ] as const;

  test.each(bad)('%s is left out as %s, and the event goes on', (name, reason) => {
    expect(apply({ plan: 'pro', [name]: 'x' })).toMatchObject({
      ok: true,
      properties: { plan: 'pro' },
      dropped: [{ name, reason }],
    });
  });

  test.each(bad)('%s rejects the event where the policy is strict', (name, _, code) => {
    const decision = apply({ plan: 'pro', [name]: 'x' }, { strict: true });
    expect(decision).toEqual({ ok: false, code, message: expect.stringContaining(`"${name}"`) });
  });

  test('a server may set what is sensitive and what the relay would set', () => {
    const properties = { diagnosis: 'x', hs_country: 'Austria' };
    expect(apply(properties, { sender: server })).toMatchObject({ properties, dropped: [] });
  });
});

describe('default properties', () => {
  const properties = { hs_page_url: 'https://shop.example', hs_screen_width: '1920' };

  test('are known without being listed', () => {
    expect(apply(properties)).toMatchObject({ properties });
  });

  test('are unknown where the definition has none', () => {
    expect(apply(properties, { eventName: 'bare' })).toMatchObject({ properties: {} });
  });
});

describe('what the relay knows of the request', () => {
  test('is not set where the owner has archived the property', () => {
    const signup = {
      fullyQualifiedName: 'pe1234567_signup',
      properties: { hs_city: { type: 'string', archived: true } },
    } as const;
    const facts = { hs_city: 'Graz', hs_country: 'AT' };
    const policy = lockPolicy({ version: 1, hubId: '1234567', events: { signup } });
    const decision = policy.apply({ eventName: 'signup', properties: {} }, { kind: 'page', facts });
    expect(decision).toMatchObject({ properties: { hs_country: 'AT' } });
    expect(decision).not.toHaveProperty('properties.hs_city');
  });

  const sender: Sender = { kind: 'page', facts: { hs_country: 'AT', hs_made_up: 'x' } };

  test('is set where HubSpot knows the property, whatever the page says', () => {
    expect(apply({ hs_country: 'Mars' }, { sender })).toMatchObject({
      properties: { hs_country: 'AT' },
    });
    expect(apply({}, { sender, eventName: 'bare' })).toMatchObject({ properties: {} });
  });

  test('never makes the fifty-first property', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}`, 'x']));
    const types = Object.keys(many).map((name) => [name, { type: 'string' }]);
    const wide = { ...lock.events.signup, properties: Object.fromEntries(types) };
    const policy = lockPolicy({ ...lock, events: { signup: wide } } as EventsLock);
    const decision = policy.apply({ eventName: 'signup', properties: many }, sender);
    expect(Object.keys(decision.ok ? decision.properties : {})).toHaveLength(50);
    expect(decision).toMatchObject({
      properties: expect.not.objectContaining({ hs_country: 'AT' }),
    });
  });
});
