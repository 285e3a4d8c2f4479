import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startBlackHole } from '../support/start-black-hole.ts';
import { type NodeHost, startNodeHost } from '../support/start-node-host.ts';
import { startPostgres, type TestPostgres } from '../support/start-postgres.ts';
import { aliveBatch, postTo, variablesFor } from './host-contract.ts';

const ADMIN_TOKEN = 'an-admin-token-of-the-tests';

let postgres: TestPostgres;
let hubspot: RunningFakeHubSpot;

beforeAll(async () => {
  postgres = await startPostgres();
  hubspot = await startFakeHubSpot();
});

afterAll(async () => {
  await hubspot?.close();
  await postgres?.stop();
});

async function startOnPostgres(connectionString = postgres.connectionString): Promise<NodeHost> {
  const host = await startNodeHost({
    ...variablesFor(hubspot),
    DELIVERY: 'queued',
    DATABASE_URL: connectionString,
    ADMIN_TOKEN,
    SHUTDOWN_TIMEOUT_MS: '1000',
  });
  onTestFinished(() => host.stop());
  return host;
}

async function order(host: NodeHost, path: string): Promise<void> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const answer = await fetch(`${host.url}/admin/v1${path}`, { method: 'POST', headers });
  expect(answer.status).toBe(200);
}

const readiness = async (host: NodeHost) => (await fetch(`${host.url}/readyz`)).json();
const arrived = () => hubspot.received().map(({ uuid }) => uuid);

test('a pause ordered at one relay holds for every relay on the database, and so does its end', async () => {
  const [asked, other] = await Promise.all([startOnPostgres(), startOnPostgres()]);
  expect(asked.output()).toContain('"durability":"database","keepsEventsFor":"48 h, then 30 d as');
  await order(asked, '/pause');
  const [first, second] = [aliveBatch(), aliveBatch()];
  expect((await postTo(asked, first)).status).toBe(202);
  expect((await postTo(other, first)).status).toBe(202);
  expect((await postTo(other, second)).status).toBe(202);
  expect(await readiness(other)).toMatchObject({
    ready: false,
    lane: { state: 'paused', cause: 'operator' },
  });
  // A stop delivers whatever may be delivered.
  await other.stop();
  expect(arrived()).toEqual([]);

  const late = await startOnPostgres();
  expect(await readiness(late)).toMatchObject({ lane: { cause: 'operator' } });
  await order(asked, '/resume');
  await hubspot.waitFor(2);
  // Alone, so that it is this one that goes on.
  asked.process.kill('SIGKILL');
  await once(asked.process, 'exit');
  const third = aliveBatch();
  expect((await postTo(late, third)).status).toBe(202);
  await hubspot.waitFor(3);
  // Its answer may be a second old.
  await expect.poll(() => readiness(late)).toMatchObject({ ready: true, lane: { state: 'open' } });
  const uuids = [first, second, third].map(({ events }) => events[0]?.uuid);
  expect(arrived().toSorted()).toEqual(uuids.toSorted());
});

test('a database that swallows everything is 503 for every post, each in its time', async () => {
  const url = new URL(postgres.connectionString);
  const hole = await startBlackHole(Number(url.port));
  onTestFinished(() => hole.stop());
  url.port = String(hole.port);
  const host = await startOnPostgres(url.href);
  expect((await postTo(host, aliveBatch())).status).toBe(202);

  hole.swallow();
  const startedAt = performance.now();
  // Some wait for an answer on an old connection, the later ones for a new connection.
  const answers = Array.from({ length: 40 }, async (_, number) => {
    await sleep(100 * number);
    return postTo(host, aliveBatch());
  });
  const ready = await readiness(host);
  expect(ready).toMatchObject({ ready: false, storageProblem: 'unavailable' });
  // Five seconds; on the first connections the database itself has thirty.
  expect(performance.now() - startedAt).toBeLessThan(25_000);
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([503]));
  // Ten seconds each; one after the other they took minutes.
  expect(performance.now() - startedAt).toBeLessThan(40_000);
  host.process.kill('SIGKILL');
});
