import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { mintRelayKey } from '@hubrelay/relay';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { variablesFor } from '../hosts/host-contract.ts';
import { type NodeHost, spawnNodeHost, startNodeHost } from '../support/start-node-host.ts';
import { arbitraryRequest, bytesOf, CANARY } from './arbitrary-request.ts';
import { exchangeAsSender } from './exchange-as-sender.ts';
import { faultOf, leakOf } from './fault-of.ts';
import { exchange } from './raw-http.ts';
import { forEachInput, RUNS, TIMEOUT_MS } from './runs.ts';

// Every secret that a relay can have, clients who send anything, a HubSpot that quotes what it was sent, and then a look at
// everything that comes out of the relay.

const ADMIN_TOKEN = 'canary-admin-token-that-must-not-come-out';
const secretVariables = {
  HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
  HUBSPOT_ACCESS_TOKEN_PREVIOUS: 'canary-previous-token',
  IDENTITY_SECRET: 'canary identity secret of at least 32 bytes',
  IDENTITY_SECRET_PREVIOUS: 'canary identity secret of the year before',
  CHALLENGE_SECRET: 'canary-challenge-secret',
  ADMIN_TOKEN,
};

let hubspot: RunningFakeHubSpot;
let host: NodeHost;
let folder: string;
let relayKey: string;

beforeAll(async () => {
  hubspot = await startFakeHubSpot();
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-canary-'));
  const { secret, key } = await mintRelayKey('canary');
  relayKey = secret;
  host = await startNodeHost({
    ...variablesFor(hubspot),
    ...secretVariables,
    DELIVERY: 'queued',
    OUTBOX_PATH: join(folder, 'outbox.db'),
    METRICS_PORT: '0',
    RELAY_KEYS: JSON.stringify({ keys: [key] }),
    IDENTITY_AUDIENCE: 'https://shop.example',
    CHALLENGE_EVENTS: 'never_sent',
    ENRICH: 'place,user_agent',
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_PER_VISITOR: '0',
    LOG_LEVEL: 'debug',
  });
});
afterAll(async () => {
  await host?.stop();
  await hubspot?.close();
  await rm(folder, { recursive: true });
});

const secrets = () => [...Object.values(secretVariables), relayKey];

/** HubSpot's words, with everything in them that must stay inside. */
const indiscreet = () =>
  `${CANARY} sent "Bearer ${demoCredentials.accessToken}", not ${secretVariables.HUBSPOT_ACCESS_TOKEN_PREVIOUS}`;

function makeHubSpotIndiscreet(): void {
  const message = indiscreet();
  hubspot.fail({ status: 400, body: { category: message, message }, times: 1 });
  hubspot.fail({ status: 500, body: `<html>${message}</html>`, times: 1 });
  hubspot.fail({ status: 429, body: { message, policyName: message }, times: 1 });
  hubspot.fail({ status: 400, body: { message, correlationId: message }, times: 1 });
}

async function get(path: string, token?: string): Promise<string> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(new URL(path, host.url), { headers, redirect: 'manual' });
  return JSON.stringify([...answer.headers]) + (await answer.text());
}

const runs = Math.ceil(RUNS / 4);

test(`${runs} requests to a queued relay: no secret comes out anywhere, and no address but in dead letters`, {
  timeout: TIMEOUT_MS,
}, async () => {
  let done = 0;
  await forEachInput(arbitraryRequest(relayKey), runs, async (request) => {
    if (done % 500 === 0) hubspot.clear();
    if (done % 50 === 0) makeHubSpotIndiscreet();
    done += 1;
    const end = request.framing === 'too_long';
    const answer = await exchangeAsSender({ url: host.url, chunks: bytesOf(request), end });
    const fault = request.method === 'HEAD' ? undefined : faultOf(answer, [CANARY, ...secrets()]);
    if (fault) throw new Error(fault);
  });

  const stats = () => get('/admin/v1/stats', ADMIN_TOKEN);
  await expect.poll(stats).toMatch(/"delivered":[1-9]\d*,"dead":[1-9]/);
  const letters = () => get('/admin/v1/dead?limit=500', ADMIN_TOKEN);
  await expect.poll(letters).toContain(CANARY);
  expect(leakOf(await letters(), secrets())).toBeUndefined();

  hubspot.fail({
    status: 302,
    headers: { location: `https://evil.example/${encodeURIComponent(indiscreet())}` },
    body: { message: indiscreet() },
  });
  // The event of one visitor alone proves nothing about HubSpot.
  await exchange({ url: host.url, chunks: bytesOf(goodRequest()) });
  await exchange({ url: host.url, chunks: bytesOf(goodRequest()) });
  await expect.poll(() => get('/readyz')).toContain('"ready":false');

  // HubSpot's words about the account, which are for the owner.
  expect(leakOf(await stats(), secrets())).toBeUndefined();

  const metricsUrl = /"metrics":"([^"]+)"/.exec(host.output())?.[1];
  const outputs = {
    log: host.output(),
    metrics: await get(`${metricsUrl}/metrics`),
    readyz: await get('/readyz'),
    livez: await get('/livez'),
    script: await get('/hubrelay.js'),
    'nothing there': await get(`/${CANARY}`),
    'a client without a token at the admin API': await get('/admin/v1/dead', CANARY),
    'an order that makes no sense': await get(`/admin/v1/dead?limit=${CANARY}`, ADMIN_TOKEN),
  };
  expect(outputs.metrics).toContain('hubrelay_events_dead_total');
  expect(outputs.log).not.toMatch(/unhandled|unexpected error/i);
  for (const [name, text] of Object.entries(outputs)) {
    expect({ name, leak: leakOf(text, [CANARY, ...secrets()]) }).toEqual({ name, leak: undefined });
  }
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), 'latin1');
    expect({ file, leak: leakOf(text, secrets()) }).toEqual({ file, leak: undefined });
  }
});

function goodRequest() {
  const event = {
    uuid: crypto.randomUUID(),
    eventName: 'product_viewed',
    properties: {},
    occurredAt: Date.now(),
  };
  const batch = { sentAt: Date.now(), utk: '0123456789abcdef0123456789abcdef', events: [event] };
  return {
    method: 'POST',
    path: '/v1/events',
    headers: [
      ['origin', 'https://shop.example'],
      ['content-type', 'text/plain'],
    ],
    body: new TextEncoder().encode(JSON.stringify(batch)),
    framing: 'length',
  } as const;
}

const DATABASE_PASSWORD = 'canary-database-password';
const DATABASE_URL = `postgres://relay:${DATABASE_PASSWORD}@127.0.0.1:1/none`;

test.each([
  ['a variable that cannot work', { PORT: 'x' }],
  ['a database that is not there', { DELIVERY: 'queued', DATABASE_URL }],
  ['a file that cannot be made', { DELIVERY: 'queued', OUTBOX_PATH: '/proc/none/outbox.db' }],
])('a relay that dies of %s tells why, and no secret', async (_, variables) => {
  const child = spawnNodeHost({ ...variablesFor(hubspot), ...secretVariables, ...variables });
  const code = await new Promise((resolve) => child.process.once('close', resolve));
  expect(code).not.toBe(0);
  expect(child.output()).not.toBe('');
  expect(leakOf(child.output(), [...secrets(), DATABASE_PASSWORD])).toBeUndefined();
});

test('a limiter whose database is away says so, without its password', async () => {
  const limited = await startNodeHost({
    ...variablesFor(hubspot),
    TRUSTED_PROXIES: '1',
    RATE_LIMIT_DATABASE_URL: DATABASE_URL,
  });
  const answer = await fetch(`${limited.url}/v1/events`, {
    method: 'POST',
    headers: { origin: 'https://shop.example', 'x-forwarded-for': '203.0.113.7' },
    body: '{}',
  });
  await limited.stop();
  expect(answer.status).toBe(422);
  expect(limited.output()).toContain('the rate limiter failed');
  expect(leakOf(limited.output(), [DATABASE_PASSWORD])).toBeUndefined();
});
