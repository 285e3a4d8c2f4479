import { expect, test } from 'vitest';
import { call, signup, utk } from '../test/call.ts';
import { createFakeHubSpot, demoCredentials, type FakeHubSpot } from './index.ts';

const contacts = [{ id: '101', email: 'ada@example.com', utks: [utk] }];
const records = [{ objectType: 'DEAL', id: '9' }];
const definitions = [{ name: 'signup' }, { name: 'deal_won', primaryObject: 'DEAL' }];

async function statusOf(hubspot: FakeHubSpot, path: string, token?: string): Promise<number> {
  const authorization = `Bearer ${token ?? demoCredentials.readBackToken}`;
  const answer = await call(hubspot, undefined, {
    method: 'GET',
    path,
    headers: { authorization },
  });
  return answer.status;
}

test.each([
  ['/crm/v3/objects/contacts/101', 200],
  ['/crm/v3/objects/contacts/9', 404],
  ['/crm/v3/objects/deals/9', 200],
  ['/crm/v3/objects/deals/101', 404],
  ['/crm/v3/objects/contacts/ADA%40example.com?idProperty=email', 200],
  ['/crm/v3/objects/contacts/bob%40example.com?idProperty=email', 404],
  [`/contacts/v1/contact/utk/${utk}/profile`, 200],
  [`/contacts/v1/contact/utk/${utk.replace('0', 'f')}/profile`, 404],
])('%s is answered with %i', async (path, status) => {
  const hubspot = createFakeHubSpot({ contacts, records });
  expect(await statusOf(hubspot, path)).toBe(status);
  expect(await statusOf(hubspot, path, demoCredentials.accessToken)).toBe(403);
});

async function shown(hubspot: FakeHubSpot): Promise<number> {
  const answer = await call(hubspot, undefined, { method: 'GET', path: '/events/v3/events' });
  return (await answer.json()).results.length;
}

test('an event is attached to a record of the type of its definition, or to none', async () => {
  const hubspot = createFakeHubSpot({ contacts, records, definitions });
  const dealWon = { eventName: 'pe1234567_deal_won', properties: {}, utk: undefined };
  await call(hubspot, signup({ ...dealWon, objectId: '101' }));
  expect(await shown(hubspot)).toBe(0);
  await call(hubspot, signup({ ...dealWon, objectId: '9' }));
  expect(await shown(hubspot)).toBe(1);
  expect((await call(hubspot, signup({ ...dealWon, utk }))).status).toBe(400);
  hubspot.change({ contactForOtherRecord: 'accept' });
  expect((await call(hubspot, signup({ ...dealWon, utk }))).status).toBe(204);
  expect(await shown(hubspot)).toBe(1);
});

test('a lost event was acknowledged, and is never shown', async () => {
  const hubspot = createFakeHubSpot({ contacts, definitions, occurrenceId: 'uuid' });
  const event = signup({ properties: {} });
  expect((await call(hubspot, event)).status).toBe(204);
  expect(await shown(hubspot)).toBe(1);
  hubspot.lose(String(event.uuid));
  expect(await shown(hubspot)).toBe(0);
  expect(hubspot.received()).toHaveLength(1);
});
