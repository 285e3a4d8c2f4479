import { readFile } from 'node:fs/promises';
import type { EventsLock } from '@hubrelay/relay';
import { expect, test } from 'vitest';
import { formatTypes } from './format-types.ts';

const defaults = {
  hs_city: { type: 'string' },
  hs_page_url: { type: 'string' },
  hs_screen_width: { type: 'number' },
} as const;

const lock: EventsLock = {
  version: 1,
  hubId: '1234567',
  events: {
    'old-style': { fullyQualifiedName: 'pe1234567_old-style', properties: defaults },
    order_placed: {
      fullyQualifiedName: 'pe1234567_order_placed',
      matchedBy: 'customer_number',
      properties: {
        ...defaults,
        customer_number: { type: 'string' },
        delivery_at: { type: 'datetime' },
        first_order: { type: 'bool' },
        payer_iban: { type: 'string', sensitivity: 'sensitive' },
        gift: { type: 'enumeration', options: ['true', 'false'] },
        size: { type: 'enumeration', options: ['1', '2', 's;m', ''] },
        voucher: { type: 'enumeration' },
      },
    },
    retired: { fullyQualifiedName: 'pe1234567_retired', archived: true, properties: defaults },
    signup: {
      fullyQualifiedName: 'pe1234567_signup',
      properties: {
        ...defaults,
        constructor: { type: 'string' as const },
        legacy: { type: 'string', archived: true },
        plan: { type: 'enumeration', options: ['free', "it's", 'pro "max"'] },
        seats: { type: 'number' },
      },
    },
  },
};

// The types in that file are used, and misused, in test/pull/typed-track.test.ts.
test('the types are those that the type tests use', async () => {
  const expected = await readFile(new URL('../../test/pull/events.d.ts', import.meta.url), 'utf8');
  expect(formatTypes(lock)).toBe(expected);
});
