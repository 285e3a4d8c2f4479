import * as script from '@hubrelay/browser/bundle';
import { type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { serverlessRelay } from '@hubrelay/relay/serverless';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startPostgres, type TestPostgres } from '../support/start-postgres.ts';
import { aliveBatch, variablesFor } from './host-contract.ts';

let postgres: TestPostgres;
let hubspot: RunningFakeHubSpot;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres?.stop());

beforeEach(async () => {
  hubspot = await startFakeHubSpot();
  return () => hubspot.close();
});

/** As in each instance that a platform starts: nothing is shared but the database. */
const instance = (env: Record<string, string> = {}) =>
  serverlessRelay({
    script,
    env: { ...variablesFor(hubspot), DATABASE_URL: postgres.connectionString, ...env },
  });

function post(relay: ReturnType<typeof instance>, batch: object) {
  const request = new Request('https://relay.example/v1/events', {
    method: 'POST',
    headers: { origin: 'https://shop.example', 'content-type': 'text/plain' },
    body: JSON.stringify(batch),
  });
  return relay.fetch(request);
}

const uuids = (batches: readonly ReturnType<typeof aliveBatch>[]) =>
  batches.map(({ events }) => events[0]?.uuid).toSorted();

test('one function acknowledges from storage, others deliver, each event once', async () => {
  const batches = Array.from({ length: 50 }, () => aliveBatch());
  for (const batch of batches) expect((await post(instance(), batch)).status).toBe(202);
  expect(hubspot.received()).toEqual([]);

  const reports = await Promise.all([instance().deliver(), instance().deliver()]);
  expect(reports.map(({ pending }) => pending)).toContain(0);
  expect(
    hubspot
      .received()
      .map(({ uuid }) => uuid)
      .toSorted(),
  ).toEqual(uuids(batches));
});

test('an outage leaves events for a later run, and each run ends in its time', async () => {
  const undo = hubspot.fail({ status: 503 });
  const batch = aliveBatch();
  expect((await post(instance(), batch)).status).toBe(202);
  expect(await instance().deliver({ forMs: 500 })).toMatchObject({ delivered: 0, pending: 1 });
  undo();
  await expect.poll(async () => (await instance().deliver()).pending, { timeout: 60_000 }).toBe(0);
  expect(hubspot.received().map(({ uuid }) => uuid)).toEqual(uuids([batch]));
});

test('without a database every request is answered with 503, and a run says what is missing', async () => {
  const relay = instance({ DATABASE_URL: '' });
  expect((await post(relay, aliveBatch())).status).toBe(503);
  await expect(relay.deliver()).rejects.toThrow(/DATABASE_URL/);
});
