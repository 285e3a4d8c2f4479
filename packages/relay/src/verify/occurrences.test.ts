import { expect, test } from 'vitest';
import type { HubSpotEvent } from '../hubspot/event.ts';
import { findOccurrence, type Occurrence } from './occurrences.ts';

const event: HubSpotEvent = {
  uuid: '0199aaaa-0000-7000-8000-000000000001',
  eventName: 'pe1_signup',
  properties: { plan: 'pro' },
  occurredAt: '2026-05-01T12:00:00.123Z',
  utk: '0123456789abcdef0123456789abcdef',
};

const shown: Occurrence = {
  id: 'some-id',
  eventType: event.eventName,
  objectType: 'CONTACT',
  objectId: '101',
  occurredAt: event.occurredAt,
  properties: event.properties,
};
const WHOLE = '2026-05-01T12:00:00Z';
const twin = { ...event, uuid: event.uuid.replace(/1$/, '2') };

test.each<[string, readonly Occurrence[], readonly HubSpotEvent[], string]>([
  ['listed', [shown], [event], 'found'],
  ['nothing listed', [], [event], 'none'],
  [
    'its uuid is the id',
    [{ ...shown, id: event.uuid.toUpperCase(), properties: {} }],
    [event],
    'found',
  ],
  ['another time', [{ ...shown, occurredAt: '2026-05-01T12:00:00.124Z' }], [event], 'none'],
  ['another event', [{ ...shown, eventType: 'pe1_other' }], [event], 'none'],
  ['another value', [{ ...shown, properties: { plan: 'free' } }], [event], 'none'],
  [
    'more properties',
    [{ ...shown, properties: { plan: 'pro', hs_region: 'x' } }],
    [event],
    'found',
  ],
  ['two alike, one listed', [shown], [event, twin], 'alike'],
  ['two alike, both listed', [shown, { ...shown, id: 'other' }], [event, twin], 'found'],
  ['whole seconds', [{ ...shown, occurredAt: WHOLE }], [event], 'found'],
  [
    'of another event, in whole seconds',
    [{ ...shown, occurredAt: WHOLE }],
    [event, { ...twin, occurredAt: WHOLE }],
    'none',
  ],
  [
    'a whole second beside others',
    [
      { ...shown, occurredAt: WHOLE },
      { ...shown, occurredAt: '2026-05-01T12:00:00.7Z' },
    ],
    [event],
    'none',
  ],
])('%s', (_, listed, delivered, answer) => {
  expect(findOccurrence(event, listed, delivered)).toBe(answer);
});

test('an event with an objectId is not another record’s', () => {
  expect(findOccurrence({ ...event, objectId: '102' }, [shown], [])).toBe('none');
  expect(findOccurrence({ ...event, objectId: '101' }, [shown], [])).toBe('found');
});
