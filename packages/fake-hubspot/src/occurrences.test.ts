import { expect, test } from 'vitest';
import { call, signup, utk } from '../test/call.ts';
import { createFakeHubSpot, type FakeHubSpot } from './index.ts';

const contacts = [
  { id: '101', email: 'ada@example.com', utks: [utk] },
  { id: '102', email: 'bob@example.com' },
];

async function read(hubspot: FakeHubSpot, path: string) {
  const answer = await call(hubspot, undefined, { method: 'GET', path });
  return { status: answer.status, body: await answer.json() };
}

test.each([
  '/events/v3/events',
  '/events/event-occurrences/2026-03',
  '/events/event-occurrences/2026-09',
])('reads back at %s what was attached to a contact', async (path) => {
  const hubspot = createFakeHubSpot({ contacts });
  await call(hubspot, signup());
  const { body } = await read(hubspot, `${path}?objectType=contact&objectId=101`);
  expect(body.results).toMatchObject([
    {
      eventType: 'pe1234567_signup',
      objectType: 'CONTACT',
      objectId: '101',
      properties: { plan: 'pro' },
    },
  ]);
});

test('attaches by objectId before email before utk', async () => {
  const hubspot = createFakeHubSpot({ contacts });
  await call(hubspot, signup({ email: 'bob@example.com' }));
  await call(hubspot, signup({ email: 'bob@example.com', objectId: '101' }));
  const of = async (query: string) =>
    (await read(hubspot, `/events/v3/events?${query}`)).body.results.length;
  expect(await of('objectId=102')).toBe(1);
  expect(await of('objectId=101')).toBe(1);
  expect(await of('objectProperty.email=bob@example.com')).toBe(1);
});

test('never shows what belongs to a visitor without a contact', async () => {
  const hubspot = createFakeHubSpot();
  await call(hubspot, signup());
  await call(hubspot, signup({ email: 'nobody@example.com' }));
  expect((await read(hubspot, '/events/v3/events')).body.results).toEqual([]);
  expect(hubspot.received()).toHaveLength(2);
});

test('filters by event, time and property', async () => {
  const hubspot = createFakeHubSpot({ contacts });
  await call(hubspot, signup({ occurredAt: '2026-01-01T00:00:00Z', properties: { plan: 'free' } }));
  await call(hubspot, signup({ occurredAt: '2026-02-01T00:00:00Z' }));
  const of = async (query: string) =>
    (await read(hubspot, `/events/v3/events?${query}`)).body.results.length;
  expect(await of('eventType=pe1234567_signup')).toBe(2);
  expect(await of('eventType=pe1234567_order_placed')).toBe(0);
  expect(await of('occurredAfter=2026-01-15T00:00:00Z')).toBe(1);
  expect(await of('occurredBefore=2026-01-15T00:00:00Z')).toBe(1);
  expect(await of('property.plan=free')).toBe(1);
});

test('pages', async () => {
  const hubspot = createFakeHubSpot({ contacts });
  for (let i = 0; i < 3; i++) await call(hubspot, signup());
  const first = (await read(hubspot, '/events/v3/events?limit=2')).body;
  expect(first.results).toHaveLength(2);
  const second = (await read(hubspot, `/events/v3/events?limit=2&after=${first.paging.next.after}`))
    .body;
  expect(second.results).toHaveLength(1);
  expect(second.paging).toBeUndefined();
});

test('shows an event only after the delay', async () => {
  let now = 1_000_000;
  const hubspot = createFakeHubSpot({ contacts, now: () => now, readBackDelayMs: 60_000 });
  await call(hubspot, signup());
  expect((await read(hubspot, '/events/v3/events')).body.results).toHaveLength(0);
  now += 60_000;
  expect((await read(hubspot, '/events/v3/events')).body.results).toHaveLength(1);
});

test('names the event types', async () => {
  const { body } = await read(createFakeHubSpot(), '/events/v3/events/event-types');
  expect(body.eventTypes).toContain('pe1234567_signup');
});

test('tells the account', async () => {
  const { body } = await read(createFakeHubSpot({ hubId: 42 }), '/account-info/2026-09/details');
  expect(body).toMatchObject({ portalId: 42, dataHostingLocation: 'na1' });
});
