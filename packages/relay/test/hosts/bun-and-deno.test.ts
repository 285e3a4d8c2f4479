import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Runtime, startNodeHost } from '../support/start-node-host.ts';
import { startPostgres, type TestPostgres } from '../support/start-postgres.ts';
import { aliveBatch, postTo, testHost, variablesFor } from './host-contract.ts';

const ADMIN_TOKEN = 'an-admin-token-of-the-tests';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres?.stop());

describe.each(['bun', 'deno'] as const)('on %s', (runtime: Runtime) => {
  testHost(`the long-running host on ${runtime}`, (variables) => startNodeHost(variables, runtime));

  let hubspot: RunningFakeHubSpot;
  let folder: string;

  beforeEach(async () => {
    hubspot = await startFakeHubSpot();
    folder = await mkdtemp(join(tmpdir(), 'hubrelay-'));
    return async () => {
      await hubspot.close();
      await rm(folder, { recursive: true });
    };
  });

  async function startQueued(variables: Record<string, string>) {
    const host = await startNodeHost(
      { ...variablesFor(hubspot), DELIVERY: 'queued', ADMIN_TOKEN, ...variables },
      runtime,
    );
    onTestFinished(() => host.stop());
    return host;
  }

  async function order(host: { url: string }, path: string): Promise<void> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const answer = await fetch(`${host.url}/admin/v1${path}`, { method: 'POST', headers });
    expect(answer.status).toBe(200);
  }

  const storages: readonly (readonly [string, () => Record<string, string>])[] = [
    ['SQLite', () => ({ OUTBOX_PATH: join(folder, 'outbox.db') })],
    ['Postgres', () => ({ DATABASE_URL: postgres.connectionString })],
  ];

  test.each(storages)(
    'what was acknowledged on %s survives kill -9 and arrives once',
    async (_, storage) => {
      const host = await startQueued(storage());
      // Nothing is on its way when the process dies: nothing has to wait for the end of a lease.
      await order(host, '/pause');
      const batches = Array.from({ length: 20 }, () => aliveBatch());
      for (const batch of batches) expect((await postTo(host, batch)).status).toBe(202);
      host.process.kill('SIGKILL');
      await once(host.process, 'exit');

      await order(await startQueued(storage()), '/resume');
      await hubspot.waitFor(batches.length);
      const arrived = hubspot.received().map(({ uuid }) => uuid);
      expect(arrived.toSorted()).toEqual(batches.map(({ events }) => events[0]?.uuid).toSorted());
    },
  );

  test('SIGTERM delivers what is waiting before the process ends with 0', async () => {
    const host = await startQueued({ OUTBOX_PATH: join(folder, 'outbox.db') });
    hubspot.fail({ latencyMs: 300 });
    await postTo(host, aliveBatch());
    host.process.kill('SIGTERM');
    const [code] = await once(host.process, 'exit');
    expect(code).toBe(0);
    expect(hubspot.received()).toHaveLength(1);
  });
});
