import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCredentials, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { expect, onTestFinished, test } from 'vitest';
import { spawnNodeHost, startNodeHost } from '../support/start-node-host.ts';
import { aliveBatch, postTo, testHost, variablesFor } from './host-contract.ts';

testHost('the Node host', startNodeHost);

test('SIGTERM lets a running request finish, then the process ends with 0', async () => {
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const host = await startNodeHost(variablesFor(hubspot));
  const arrived = Promise.withResolvers<void>();
  hubspot.fail({
    latencyMs: 500,
    match: () => {
      arrived.resolve();
      return true;
    },
  });

  const answer = postTo(host, aliveBatch());
  await arrived.promise;
  host.process.kill('SIGTERM');
  const [code] = await once(host.process, 'exit');

  expect((await answer).status).toBe(204);
  expect(hubspot.received()).toHaveLength(1);
  expect(code).toBe(0);
});

test('SIGTERM ends the process in its time, though HubSpot holds on to a call', async () => {
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const folder = await mkdtemp(join(tmpdir(), 'hubrelay-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const DELIVERY of ['direct', 'queued']) {
    const host = await startNodeHost({
      ...variablesFor(hubspot),
      DELIVERY,
      OUTBOX_PATH: join(folder, 'outbox.db'),
      SHUTDOWN_TIMEOUT_MS: '300',
      HUBSPOT_TIMEOUT_MS: '120000',
    });
    const arrived = Promise.withResolvers<void>();
    const match = () => {
      arrived.resolve();
      return true;
    };
    hubspot.fail({ latencyMs: 120_000, match });
    const answer = postTo(host, aliveBatch()).catch(() => undefined);
    await arrived.promise;
    const startedAt = performance.now();
    host.process.kill('SIGTERM');
    const [code] = await once(host.process, 'exit');
    expect(code).toBe(0);
    // On a machine however busy: the call itself ends after two minutes.
    expect(performance.now() - startedAt).toBeLessThan(60_000);
    await answer;
    hubspot.clear();
  }
});

test('LOG_LEVEL=debug shows every request and its answer; info does not', async () => {
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const talkative = await startNodeHost({ ...variablesFor(hubspot), LOG_LEVEL: 'debug' });
  const usual = await startNodeHost(variablesFor(hubspot));
  for (const host of [talkative, usual]) {
    await postTo(host, { nonsense: true });
    await host.stop();
  }
  expect(talkative.output()).toMatch(/"path":"\/v1\/events","status":422,"durationMs":\d+/);
  expect(usual.output()).not.toContain('"status":422');
});

test('every mistake in the environment is named at once, without the secret', async () => {
  const host = spawnNodeHost({
    HUBSPOT_ACCESS_TOKEN: 'pat-secret',
    HUBSPOT_HAPIKEY: 'key-secret',
    HUBSPOT_HUB_ID: 'pe12',
    HUBSPOT_API_VERSION: 'v9',
    ALLOWED_ORIGINS: '*',
    PORT: 'http',
    ADMIN_TOKEN: 'a secret that has blanks in it',
    DATABASE_URL: 'postgres://relay:secret#1@db/events',
  });
  const [code] = await once(host.process, 'close');
  expect(code).toBe(1);
  for (const name of [
    'HUBSPOT_HAPIKEY',
    'HUBSPOT_HUB_ID',
    'HUBSPOT_API_VERSION',
    'ALLOWED_ORIGINS',
    'PORT',
    'ADMIN_TOKEN',
    'DATABASE_URL',
  ]) {
    expect(host.output()).toContain(`- ${name} `);
  }
  expect(host.output()).not.toContain('secret');
  // The net that catches keys and addresses must not cut our own words.
  expect(host.output()).not.toMatch(/\[(key|email)\]/);
});

test('a misspelt variable is named in the log, without its value', async () => {
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const host = await startNodeHost({ ...variablesFor(hubspot), OUTBOX_PAHT: 'secret.db' });
  onTestFinished(() => host.stop());
  expect(host.output()).toMatch(
    /^\{"level":40,[^\n]*"msg":"OUTBOX_PAHT is not a setting; did you mean OUTBOX_PATH\?"\}$/m,
  );
  expect(host.output()).not.toContain('secret');
});

test('a secret may come from a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubrelay-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'token');
  await writeFile(file, `${demoCredentials.accessToken}\n`);
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const { HUBSPOT_ACCESS_TOKEN: _, ...variables } = variablesFor(hubspot);
  const host = await startNodeHost({ ...variables, HUBSPOT_ACCESS_TOKEN_FILE: file });
  onTestFinished(() => host.stop());

  expect((await postTo(host, aliveBatch())).status).toBe(204);
});

test('a trace is followed: from the caller’s traceparent to the log and to HubSpot', async () => {
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const host = await startNodeHost(variablesFor(hubspot));
  onTestFinished(() => host.stop());
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

  await postTo(host, aliveBatch(), {
    traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    tracestate: 'foreign=1',
    baggage: 'foreign=1',
  });
  await hubspot.waitFor(1);
  expect(hubspot.requests()[0]?.headers.traceparent).toContain(traceId);
  expect(JSON.stringify(hubspot.requests()[0]?.headers)).not.toContain('foreign');
  await expect.poll(host.output).toContain(`"traceId":"${traceId}"`);
});
