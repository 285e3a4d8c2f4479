import { describe, expect, test } from 'vitest';
import { call, signup } from '../test/call.ts';
import { createFakeHubSpot, demoCredentials, type FakeHubSpot } from './index.ts';

const base = '/events/v3/event-definitions';

async function api(hubspot: FakeHubSpot, method: string, path: string, body?: unknown) {
  const headers = { authorization: `Bearer ${demoCredentials.definitionsToken}` };
  const answer = await call(hubspot, body, { method, path, headers });
  return { status: answer.status, body: answer.status === 204 ? undefined : await answer.json() };
}

const names = (body: { results: { name: string }[] }) => body.results.map(({ name }) => name);

test.each(['v3', '2026-03', '2026-09'])('lists definitions under version %s', async (version) => {
  const { status, body } = await api(
    createFakeHubSpot(),
    'GET',
    `/events/${version}/event-definitions`,
  );
  expect(status).toBe(200);
  expect(names(body)).toContain('order_placed');
});

test('gives properties with their types and options when asked', async () => {
  const hubspot = createFakeHubSpot();
  const plain = await api(hubspot, 'GET', `${base}?searchString=signup`);
  expect(plain.body).toMatchObject({ total: 1, results: [{ properties: [] }] });

  const { body } = await api(hubspot, 'GET', `${base}?searchString=signup&includeProperties=true`);
  const [event] = body.results;
  expect(event).toMatchObject({ name: 'signup', fullyQualifiedName: 'pe1234567_signup' });
  const custom = event.properties.filter((p: { hubspotDefined: boolean }) => !p.hubspotDefined);
  expect(custom).toMatchObject([
    {
      name: 'plan',
      type: 'enumeration',
      options: [{ value: 'free' }, { value: 'pro' }, { value: 'business' }],
    },
    { name: 'method', type: 'string' },
  ]);
  expect(event.properties).toHaveLength(2 + 32);
});

test('pages through all definitions, each once', async () => {
  const definitions = Array.from({ length: 25 }, (_, i) => ({ name: `event_${i}` }));
  const hubspot = createFakeHubSpot({ definitions });
  const pages = [];
  for (let after = '0'; after && pages.length < 10; ) {
    const { body } = await api(hubspot, 'GET', `${base}?limit=10&after=${after}`);
    pages.push(names(body));
    after = body.paging?.next.after;
  }
  expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
  expect(pages.flat()).toEqual(definitions.map(({ name }) => name));
});

test('an event can be sent once it is created, and no more once it is deleted', async () => {
  const hubspot = createFakeHubSpot();
  const created = await api(hubspot, 'POST', base, {
    label: 'Tasted Cheese',
    includeDefaultProperties: false,
    propertyDefinitions: [{ label: 'Age', type: 'number' }],
  });
  expect(created).toMatchObject({
    status: 201,
    body: { name: 'tasted_cheese', properties: [{ name: 'age', type: 'number' }] },
  });
  const event = () => signup({ eventName: 'pe1234567_tasted_cheese', properties: { age: '12' } });
  expect((await call(hubspot, event())).status).toBe(204);

  expect((await api(hubspot, 'DELETE', `${base}/tasted_cheese`)).status).toBe(204);
  expect((await call(hubspot, event())).status).toBe(400);
  expect((await api(hubspot, 'GET', `${base}/tasted_cheese`)).status).toBe(404);
  const again = { label: 'Tasted Cheese', propertyDefinitions: [] };
  expect((await api(hubspot, 'POST', base, again)).status).toBe(400);
});

test('properties come and go', async () => {
  const hubspot = createFakeHubSpot();
  const path = `${base}/signup/property`;
  const withColour = () => call(hubspot, signup({ properties: { colour: 'red' } }));
  expect((await withColour()).status).toBe(400);

  const red = { label: 'Red', value: 'red', displayOrder: 0, hidden: false };
  const colour = { name: 'colour', label: 'Colour', type: 'enumeration', options: [red] };
  expect((await api(hubspot, 'POST', path, colour)).status).toBe(201);
  expect((await api(hubspot, 'POST', path, colour)).status).toBe(400);
  expect((await withColour()).status).toBe(204);

  const blue = { ...red, value: 'blue' };
  expect((await api(hubspot, 'PATCH', `${path}/colour`, { options: [blue] })).status).toBe(201);
  expect((await withColour()).status).toBe(400);

  expect((await api(hubspot, 'DELETE', `${path}/colour`)).status).toBe(204);
  expect((await api(hubspot, 'DELETE', `${path}/colour`)).status).toBe(404);
});

test('a label can change, a name cannot', async () => {
  const hubspot = createFakeHubSpot();
  const { body } = await api(hubspot, 'PATCH', `${base}/signup`, {
    label: 'Joined',
    name: 'joined',
  });
  expect(body).toMatchObject({ name: 'signup', labels: { singular: 'Joined' } });
});

describe('refuses', () => {
  test.each<[string, unknown]>([
    ['no label', { propertyDefinitions: [] }],
    ['a name with a capital', { label: 'X', name: 'Signup2', propertyDefinitions: [] }],
    ['a name of 51 characters', { label: 'X', name: 'x'.repeat(51), propertyDefinitions: [] }],
    ['a name that exists', { label: 'X', name: 'signup', propertyDefinitions: [] }],
    ['an unknown type', { label: 'X', propertyDefinitions: [{ label: 'Y', type: 'text' }] }],
    [
      'an enumeration without options',
      { label: 'X', propertyDefinitions: [{ label: 'Y', type: 'enumeration' }] },
    ],
    ['a list', []],
  ])('%s', async (_, body) => {
    const answer = await api(createFakeHubSpot(), 'POST', base, body);
    expect(answer).toMatchObject({ status: 400, body: { category: 'VALIDATION_ERROR' } });
  });

  test('a token that may only send', async () => {
    const answer = await call(createFakeHubSpot(), undefined, { method: 'GET', path: base });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ category: 'MISSING_SCOPES' });
  });

  test('a 501st definition', async () => {
    const definitions = Array.from({ length: 500 }, (_, i) => ({ name: `event_${i}` }));
    const hubspot = createFakeHubSpot({ definitions });
    const { status } = await api(hubspot, 'POST', base, {
      label: 'One more',
      propertyDefinitions: [],
    });
    expect(status).toBe(400);
  });

  test('a 51st property', async () => {
    const properties = Array.from({ length: 50 }, (_, i) => ({
      name: `p${i}`,
      type: 'string' as const,
    }));
    const hubspot = createFakeHubSpot({ definitions: [{ name: 'full', properties }] });
    const { status } = await api(hubspot, 'POST', `${base}/full/property`, {
      label: 'More',
      type: 'string',
    });
    expect(status).toBe(400);
  });

  test('more calls than the account may make, which send is exempt from', async () => {
    const hubspot = createFakeHubSpot({ now: () => 1_000, maxCallsPerTenSeconds: 1 });
    expect((await api(hubspot, 'GET', base)).status).toBe(200);
    expect(await api(hubspot, 'GET', base)).toMatchObject({
      status: 429,
      body: { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' },
    });
    expect((await call(hubspot, signup())).status).toBe(204);
  });
});

test('definitions can be added from the test itself', async () => {
  const hubspot = createFakeHubSpot();
  hubspot.define({ name: 'tasted' });
  expect(
    (await call(hubspot, signup({ eventName: 'pe1234567_tasted', properties: {} }))).status,
  ).toBe(204);
});
