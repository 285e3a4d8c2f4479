import { expect, test } from 'vitest';
import { call, callBatch, signup } from '../test/call.ts';
import { type Activity, createFakeHubSpot } from './index.ts';

test('remembers every call with its answer, also the refused ones', async () => {
  let now = 1_000;
  const sleep = async (ms: number) => {
    now += ms;
  };
  const hubspot = createFakeHubSpot({ now: () => now, sleep });
  hubspot.fail({ latencyMs: 25 });
  await call(hubspot, signup(), { path: '/events/v3/send?hint=1' });
  await call(hubspot, '{', {});
  expect(hubspot.requests()).toMatchObject([
    {
      id: 'r1',
      method: 'POST',
      path: '/events/v3/send',
      query: { hint: '1' },
      status: 204,
      events: 1,
      applied: 1,
      credential: 'access-token',
      receivedAt: 1_000,
      answeredAt: 1_025,
    },
    { id: 'r2', body: '{', status: 400, events: 0, applied: 0 },
  ]);
});

test('ties an event to its request', async () => {
  const hubspot = createFakeHubSpot();
  const answer = await call(hubspot, signup());
  const [event] = hubspot.received();
  expect(event?.correlationId).toBe(answer.headers.get('x-hubspot-correlation-id'));
  expect(hubspot.requests().find(({ id }) => id === event?.requestId)?.applied).toBe(1);
});

test('filters', async () => {
  const hubspot = createFakeHubSpot();
  await call(hubspot, signup());
  await call(hubspot, signup({ eventName: 'pe1234567_order_placed', properties: {} }));
  expect(hubspot.received((event) => event.eventName.endsWith('_order_placed'))).toHaveLength(1);
});

test('waits for a number of events, however many come at once', async () => {
  const hubspot = createFakeHubSpot();
  const arrival = hubspot.waitFor(2);
  await call(hubspot, signup());
  await callBatch(hubspot, [signup(), signup()]);
  expect(await arrival).toHaveLength(3);
  expect(await hubspot.waitFor(3)).toHaveLength(3);
});

test('waits for what a test describes', async () => {
  const hubspot = createFakeHubSpot();
  const arrival = hubspot.waitFor((events) =>
    events.some((event) => event.properties.plan === 'free'),
  );
  await call(hubspot, signup());
  await call(hubspot, signup({ properties: { plan: 'free' } }));
  expect((await arrival).at(-1)?.properties).toEqual({ plan: 'free' });
});

test('says what came instead when it waited in vain', async () => {
  const hubspot = createFakeHubSpot();
  await call(hubspot, signup({ eventName: 'nonsense' }));
  await expect(hubspot.waitFor(1, { timeoutMs: 1 })).rejects.toThrow(
    /1 events within 1 ms: 0 applied[\s\S]*POST \/events\/v3\/send → 400 inputs\[0\]: "nonsense" is not/,
  );
});

test('tells listeners as it happens, until they leave', async () => {
  const hubspot = createFakeHubSpot();
  const heard: Activity['type'][] = [];
  const leave = hubspot.subscribe(({ type }) => heard.push(type));
  const event = signup();
  await call(hubspot, event);
  await call(hubspot, event);
  leave();
  await call(hubspot, signup());
  expect(heard).toEqual(['event', 'request', 'duplicate', 'request']);
});

test('keeps the newest when it is bounded, and counts all', async () => {
  const hubspot = createFakeHubSpot({ journalLimit: 3 });
  const events = Array.from({ length: 10 }, () => signup());
  for (const event of events) await call(hubspot, event);
  expect(hubspot.received().map(({ uuid }) => uuid)).toEqual(
    events.slice(-3).map(({ uuid }) => uuid),
  );
  expect(hubspot.requests()).toHaveLength(3);
  expect(hubspot.count()).toMatchObject({ events: 10, requests: 10 });
});

test('still knows every uuid when it remembers nothing else', async () => {
  const hubspot = createFakeHubSpot({ journalLimit: 0 });
  const event = signup();
  await call(hubspot, event);
  await call(hubspot, event);
  expect(hubspot.received()).toEqual([]);
  expect(hubspot.count()).toMatchObject({ events: 1, duplicates: 1 });
});

test('forgets events, uuids and faults when cleared', async () => {
  const hubspot = createFakeHubSpot();
  const event = signup();
  await call(hubspot, event);
  hubspot.fail({ status: 503 });
  hubspot.clear();
  expect([hubspot.received(), hubspot.requests(), hubspot.duplicates()]).toEqual([[], [], []]);
  expect(hubspot.count()).toEqual({ requests: 0, events: 0, duplicates: 0, tokenRequests: 0 });
  expect((await call(hubspot, event)).status).toBe(204);
  expect(hubspot.received()).toHaveLength(1);
});

test('can be switched while it runs', async () => {
  const hubspot = createFakeHubSpot();
  const event = signup();
  await call(hubspot, event);
  expect((await call(hubspot, event)).status).toBe(204);
  hubspot.change({ duplicateUuid: 409 });
  expect((await call(hubspot, event)).status).toBe(409);
});
