import { describe, expect, test } from 'vitest';
import { call, signup, utk } from '../test/call.ts';
import { createFakeHubSpot, type FakeHubSpotOptions } from './index.ts';

const manyProperties = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, 'x']));
const text = (length: number) => 'x'.repeat(length);
const day = 86_400_000;
const now = Date.parse('2026-05-01T12:00:00.000Z');

async function send(event: unknown, options: FakeHubSpotOptions = {}) {
  const hubspot = createFakeHubSpot({ now: () => now, ...options });
  const answer = await call(hubspot, event);
  const body = answer.status === 204 ? undefined : await answer.json();
  return {
    hubspot,
    status: answer.status,
    body,
    codes: body?.errors?.map((e: { code: string }) => e.code),
  };
}

const definition = (name: string, more = {}) => ({
  definitions: [{ name, properties: [{ name: 'company_ref', type: 'string' as const }], ...more }],
});

describe('takes', () => {
  test.each<[string, Record<string, unknown>, FakeHubSpotOptions?]>([
    ['a plain event', {}],
    ['no properties at all', { properties: {} }],
    ['no uuid', { uuid: undefined }],
    ['an email instead of a utk', { utk: undefined, email: 'ada@example.com' }],
    ['an objectId instead of a utk', { utk: undefined, objectId: '42' }],
    ['a utk in upper case', { utk: utk.toUpperCase() }],
    ['a strange utk when the format is open', { utk: 'visitor-1' }, { utkFormat: 'any' }],
    ['ISO time with an offset', { occurredAt: '2026-05-01T14:00:00.000+02:00' }],
    ['epoch milliseconds as a string', { occurredAt: String(now) }],
    ['a time two weeks back', { occurredAt: new Date(now - 14 * day).toISOString() }],
    ['256 characters', { properties: { method: text(256) } }],
    [
      '1,024 characters when the name speaks of a url',
      { properties: { hs_page_url: text(1_024) } },
    ],
    ['1,024 characters for a referrer', { properties: { hs_referrer: text(1_024) } }],
    ['1,024 characters for a link', { properties: { hs_link_href: text(1_024) } }],
    ['50 properties', { properties: manyProperties(50) }, { undefinedProperty: 'accept' }],
    [
      'an undefined property when that is allowed',
      { properties: { x: '1' } },
      { undefinedProperty: 'accept' },
    ],
    [
      'numbers and booleans when they are allowed',
      { properties: { hs_screen_width: 3, method: true } },
      { propertyValue: 'scalar' },
    ],
    ['several options of an enumeration', { properties: { plan: 'free;pro' } }],
    [
      'a mistyped value when that is allowed',
      { properties: { plan: 'gold' } },
      { mistypedValue: 'accept' },
    ],
    ['a strange field when that is allowed', { objectType: 'CONTACT' }, { unknownField: 'accept' }],
    [
      'an undefined event when that is allowed',
      { eventName: 'pe1234567_other' },
      { unknownEvent: 'accept' },
    ],
    ['a known utk', {}, { unknownUtk: 'reject', contacts: [{ id: '1', utks: [utk] }] }],
    [
      'a custom matching property as the only identifier',
      { eventName: 'pe1234567_visit', utk: undefined, properties: { company_ref: 'acme' } },
      definition('visit', { customMatchingProperty: 'company_ref', primaryObject: 'COMPANY' }),
    ],
  ])('%s', async (_, fields, options) => {
    const { hubspot, status, body } = await send(signup(fields), options);
    expect(body).toBeUndefined();
    expect(status).toBe(204);
    expect(hubspot.received()).toHaveLength(1);
  });
});

describe('refuses', () => {
  test.each<[string, Record<string, unknown>, string, FakeHubSpotOptions?]>([
    ['a short event name', { eventName: 'signup' }, 'INVALID_EVENT_NAME'],
    [
      'an event name of 51 characters, even where any event is taken',
      { eventName: `pe1234567_${text(51)}` },
      'INVALID_EVENT_NAME',
      { unknownEvent: 'accept' },
    ],
    ['an event of another account', { eventName: 'pe7654321_signup' }, 'INVALID_EVENT_NAME'],
    ['an event that is not defined', { eventName: 'pe1234567_other' }, 'EVENT_NOT_FOUND'],
    [
      'an archived event',
      { eventName: 'pe1234567_old' },
      'EVENT_NOT_FOUND',
      definition('old', { archived: true }),
    ],
    ['an undefined property', { properties: { colour: 'red' } }, 'PROPERTY_DOESNT_EXIST'],
    [
      'a default property of a definition without them',
      { eventName: 'pe1234567_bare', properties: { hs_page_url: 'https://example.com' } },
      'PROPERTY_DOESNT_EXIST',
      definition('bare', { includeDefaultProperties: false }),
    ],
    ['a property name with a space', { properties: { 'a b': 'x' } }, 'INVALID_PROPERTY_NAME'],
    [
      'a property name of 51 characters',
      { properties: { [text(51)]: 'x' } },
      'INVALID_PROPERTY_NAME',
    ],
    ['257 characters', { properties: { method: text(257) } }, 'PROPERTY_VALUE_TOO_LONG'],
    [
      '1,025 characters of a url',
      { properties: { hs_page_url: text(1_025) } },
      'PROPERTY_VALUE_TOO_LONG',
    ],
    [
      '51 properties',
      { properties: manyProperties(51) },
      'TOO_MANY_PROPERTIES',
      { undefinedProperty: 'accept' },
    ],
    ['a number', { properties: { hs_screen_width: 3 } }, 'INVALID_PROPERTY_VALUE'],
    ['a null', { properties: { method: null } }, 'INVALID_PROPERTY_VALUE'],
    [
      'a nested object even where scalars are allowed',
      { properties: { method: {} } },
      'INVALID_PROPERTY_VALUE',
      { propertyValue: 'scalar' },
    ],
    ['text for a number', { properties: { hs_screen_width: 'wide' } }, 'INVALID_INTEGER'],
    ['no option of an enumeration', { properties: { plan: 'gold' } }, 'INVALID_OPTION'],
    ['no identifier', { utk: undefined }, 'MISSING_IDENTIFIER'],
    ['an empty identifier', { utk: '' }, 'MISSING_IDENTIFIER'],
    [
      'a utk for an event of companies',
      { eventName: 'pe1234567_visit' },
      'MISSING_IDENTIFIER',
      definition('visit', { primaryObject: 'COMPANY' }),
    ],
    ['an invalid email even beside a utk', { email: 'ada' }, 'INVALID_EMAIL'],
    ['a utk with dashes', { utk: '01234567-89ab-cdef-0123-456789abcdef' }, 'INVALID_UTK'],
    [
      'an unknown visitor when only contacts are known',
      {},
      'CONTACT_NOT_FOUND',
      { unknownUtk: 'reject' },
    ],
    ['a uuid that is none', { uuid: 'abc' }, 'INVALID_UUID'],
    ['a local time', { occurredAt: '2026-05-01T12:00:00' }, 'INVALID_DATE'],
    ['a word for a time', { occurredAt: 'yesterday' }, 'INVALID_DATE'],
    ['a date that does not exist', { occurredAt: '2026-13-01T12:00:00Z' }, 'INVALID_DATE'],
    [
      'a time beyond the age limit',
      { occurredAt: new Date(now - 2 * day).toISOString() },
      'INVALID_DATE',
      { maxAgeMs: day },
    ],
    [
      'a time beyond the future limit',
      { occurredAt: new Date(now + 2 * day).toISOString() },
      'INVALID_DATE',
      { maxAheadMs: day },
    ],
    ['a field that the schema does not have', { objectType: 'CONTACT' }, 'UNKNOWN_FIELD'],
  ])('%s', async (_, fields, code, options) => {
    const { hubspot, status, body, codes } = await send(signup(fields), options);
    expect(status).toBe(400);
    expect(body).toMatchObject({ status: 'error', category: 'VALIDATION_ERROR' });
    expect(codes).toContain(code);
    expect(hubspot.received()).toEqual([]);
  });

  test('an undefined event with 404 when so switched', async () => {
    const { status } = await send(signup({ eventName: 'pe1234567_other' }), { unknownEvent: 404 });
    expect(status).toBe(404);
  });
});

describe('cannot read, and gives no category for', () => {
  test.each<[string, unknown]>([
    ['a list', []],
    ['a string', '"event"'],
    ['broken JSON', '{"eventName":'],
    ['no eventName', signup({ eventName: undefined })],
    ['no properties', signup({ properties: undefined })],
    ['a list of properties', signup({ properties: ['a'] })],
    ['a number as objectId', signup({ objectId: 42 })],
    ['a number as uuid', signup({ uuid: 42 })],
  ])('%s', async (_, event) => {
    const { hubspot, status, body } = await send(event);
    expect(status).toBe(400);
    expect(body.message).toMatch(/^Invalid input JSON/);
    expect(body).not.toHaveProperty('category');
    expect(hubspot.received()).toEqual([]);
  });
});

test('keeps what HubSpot would keep: lower-case names, the last of two, UTC times, a uuid of its own', async () => {
  const { hubspot } = await send(
    signup({
      uuid: undefined,
      occurredAt: String(now),
      properties: { METHOD: 'first', method: 'last' },
    }),
  );
  const [event] = hubspot.received();
  expect(event).toMatchObject({
    uuidFrom: 'hubspot',
    properties: { method: 'last' },
    occurredAt: '2026-05-01T12:00:00.000Z',
  });
  expect(event?.uuid).toMatch(/^[0-9a-f-]{36}$/);
});

test('takes the time of arrival when the event has none', async () => {
  const { hubspot } = await send(signup());
  expect(hubspot.received()[0]?.occurredAt).toBe('2026-05-01T12:00:00.000Z');
});

test('keeps a property named __proto__ away from prototypes', async () => {
  const event = JSON.stringify(signup()).replace('"plan":"pro"', '"__proto__":{"polluted":"yes"}');
  expect((await send(event)).status).toBe(400);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
