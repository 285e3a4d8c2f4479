import { expect, test } from 'vitest';
import { parseErasure } from './parse-erasure.ts';

test('takes every key by which HubSpot knows a person, several of one person too', () => {
  const body = { utk: 'a'.repeat(32), email: 'ann@example.com', objectId: 51 };
  expect(parseErasure(body)).toEqual({
    ok: true,
    value: [
      { field: 'utk', value: 'a'.repeat(32) },
      { field: 'email', value: 'ann@example.com' },
      { field: 'objectId', value: '51' },
    ],
  });
});

test.each([
  [undefined, 'Name the person: give utk, email or objectId, or several.'],
  [{}, 'Name the person: give utk, email or objectId, or several.'],
  [['ann@example.com'], 'Name the person: give utk, email or objectId, or several.'],
  [{ mail: 'ann@example.com' }, 'Give utk, email and objectId alone, not mail.'],
  [{ email: '' }, 'email: give an e-mail address.'],
  [{ email: 'ann@example.com', objectId: null }, 'objectId: give the ID of the HubSpot record.'],
  [{ utk: 'abc' }, 'utk: give the value of the visitor’s hubspotutk cookie, 32 hex digits.'],
])('says what to give instead of %j', (body, problem) => {
  expect(parseErasure(body)).toEqual({ ok: false, problem });
});
