import { describe, expect, test } from 'vitest';
import { call, callBatch, signup } from '../test/call.ts';
import { createFakeHubSpot } from './index.ts';

const sendPaths = [
  'v3',
  '2026-03',
  '2026-09',
  'custom/2025-09',
  'custom/2026-03',
  'custom/2026-09',
];

test.each(sendPaths)('takes events under version %s', async (apiVersion) => {
  const hubspot = createFakeHubSpot();
  const path = `/events/${apiVersion}/send`;
  expect((await call(hubspot, signup(), { path })).status).toBe(204);
  expect((await callBatch(hubspot, [signup(), signup()], { path: `${path}/batch` })).status).toBe(
    204,
  );
  expect(hubspot.received()).toMatchObject([
    { apiVersion, path, batchSize: 1 },
    { apiVersion, path: `${path}/batch`, batchSize: 2 },
    { apiVersion, batchSize: 2 },
  ]);
});

test.each([
  [0, 400],
  [500, 204],
  [501, 400],
])('answers a batch of %d with %d', async (size, status) => {
  const hubspot = createFakeHubSpot();
  const answer = await callBatch(
    hubspot,
    Array.from({ length: size }, () => signup()),
  );
  expect(answer.status).toBe(status);
  expect(hubspot.received()).toHaveLength(status === 204 ? size : 0);
});

test.each([{}, { inputs: {} }, [], null])('refuses %j as a batch', async (body) => {
  const answer = await call(createFakeHubSpot(), JSON.stringify(body), {
    path: '/events/v3/send/batch',
  });
  expect(answer.status).toBe(400);
});

test.each(['text/plain', 'application/x-www-form-urlencoded', undefined])(
  'takes JSON only, not %s',
  async (type) => {
    const hubspot = createFakeHubSpot();
    const answer = await call(hubspot, signup(), { headers: { 'content-type': type } });
    expect(answer.status).toBe(415);
    expect(hubspot.received()).toEqual([]);
  },
);

test('measures a body in bytes', async () => {
  const hubspot = createFakeHubSpot({ maxBodyBytes: 300 });
  const umlauts = (count: number) => signup({ properties: { method: 'ü'.repeat(count) } });
  expect((await call(hubspot, umlauts(20))).status).toBe(204);
  const answer = await call(hubspot, umlauts(100));
  expect(answer.status).toBe(413);
  expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
});

describe('a bad event in a batch', () => {
  test.each([
    ['atomic', 0],
    ['partial', 2],
  ] as const)(
    '%s: %d of 2 good ones are applied, the answer is 400 either way',
    async (badItem, applied) => {
      const hubspot = createFakeHubSpot({ badItem });
      const answer = await callBatch(hubspot, [
        signup(),
        signup({ eventName: 'nonsense' }),
        signup(),
      ]);
      expect(answer.status).toBe(400);
      expect(hubspot.received()).toHaveLength(applied);
      expect(hubspot.requests()).toMatchObject([
        { events: 3, applied, notes: [expect.stringMatching(/^inputs\[1\]/)] },
      ]);
      expect(JSON.stringify(await answer.json())).not.toContain('inputs[1]');
    },
  );

  test('that cannot be read makes the whole answer lack a category', async () => {
    const answer = await callBatch(createFakeHubSpot(), [signup(), 7]);
    expect(await answer.json()).not.toHaveProperty('category');
  });
});

describe('a uuid that was accepted before', () => {
  test.each([204, 400, 409] as const)(
    'is answered with %d and never applied again',
    async (duplicateUuid) => {
      const hubspot = createFakeHubSpot({ duplicateUuid });
      const event = signup();
      await call(hubspot, event);
      expect((await call(hubspot, event)).status).toBe(duplicateUuid);
      expect(hubspot.received()).toHaveLength(1);
      expect(hubspot.duplicates()).toMatchObject([{ uuid: event.uuid, requestId: 'r2' }]);
      expect(hubspot.count()).toMatchObject({ requests: 2, events: 1, duplicates: 1 });
    },
  );

  test('is the same in upper case', async () => {
    const hubspot = createFakeHubSpot();
    const uuid = crypto.randomUUID();
    await call(hubspot, signup({ uuid }));
    await call(hubspot, signup({ uuid: uuid.toUpperCase() }));
    expect(hubspot.received()).toHaveLength(1);
  });

  test('is free for another event', async () => {
    const hubspot = createFakeHubSpot();
    const event = signup({ properties: {} });
    await call(hubspot, event);
    await call(hubspot, { ...event, eventName: 'pe1234567_order_placed' });
    expect(hubspot.received()).toHaveLength(2);
  });

  test('is free again after a year', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const hubspot = createFakeHubSpot({ now: () => now });
    const event = signup();
    await call(hubspot, event);
    now += 364 * 86_400_000;
    await call(hubspot, event);
    expect(hubspot.received()).toHaveLength(1);
    now += 86_400_000;
    await call(hubspot, event);
    expect(hubspot.received()).toHaveLength(2);
  });

  test('stays free when its request was refused', async () => {
    const hubspot = createFakeHubSpot({ duplicateUuid: 409 });
    const event = signup();
    await callBatch(hubspot, [event, signup({ utk: undefined })]);
    expect((await call(hubspot, event)).status).toBe(204);
    expect(hubspot.received()).toHaveLength(1);
  });

  test('makes an atomic batch fail when duplicates are told', async () => {
    const hubspot = createFakeHubSpot({ duplicateUuid: 400, badItem: 'atomic' });
    const event = signup();
    await call(hubspot, event);
    expect((await callBatch(hubspot, [event, signup()])).status).toBe(400);
    expect(hubspot.received()).toHaveLength(1);
  });

  test.each([
    ['as-duplicate', 204, 1],
    ['refuse-batch', 400, 0],
  ] as const)('within one batch, %s', async (duplicateInBatch, status, applied) => {
    const hubspot = createFakeHubSpot({ duplicateInBatch });
    const event = signup();
    expect((await callBatch(hubspot, [event, event])).status).toBe(status);
    expect(hubspot.received()).toHaveLength(applied);
  });
});

test('knows no CORS, so a page cannot call it', async () => {
  const hubspot = createFakeHubSpot();
  const preflight = await call(hubspot, undefined, {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.example' },
  });
  expect(preflight.status).toBe(405);
  const answer = await call(hubspot, signup(), { headers: { origin: 'https://shop.example' } });
  for (const { headers } of [preflight, answer])
    expect(headers.has('access-control-allow-origin')).toBe(false);
});

test('answers a wrong path with a page of HTML', async () => {
  const answer = await call(createFakeHubSpot(), signup(), { path: '/events/v4/send' });
  expect(answer.status).toBe(404);
  expect(await answer.text()).toMatch(/^<!DOCTYPE html>/);
});

test('answers 404 under a retired path', async () => {
  const hubspot = createFakeHubSpot({ retiredPaths: ['/events/v3/send'] });
  expect((await call(hubspot, signup())).status).toBe(404);
});

test('limits send to 1,250 requests a second', async () => {
  let now = 1_000_000;
  const hubspot = createFakeHubSpot({ now: () => now, maxSendsPerSecond: 2 });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await call(hubspot, signup())).status);
  expect(statuses).toEqual([204, 204, 429]);
  now += 1_000;
  expect((await call(hubspot, signup())).status).toBe(204);
  expect(createFakeHubSpot().switches.maxSendsPerSecond).toBe(1_250);
});

test('takes one uuid once for each name, in one batch and in two', async () => {
  const { uuid } = signup();
  const two = [
    signup({ uuid }),
    signup({ uuid, eventName: 'pe1234567_order_placed', properties: {} }),
  ];
  const hubspot = createFakeHubSpot();
  expect((await callBatch(hubspot, two)).status).toBe(204);
  expect(hubspot.received()).toHaveLength(2);
  await callBatch(hubspot, two);
  expect([hubspot.received().length, hubspot.duplicates().length]).toEqual([2, 2]);
});
