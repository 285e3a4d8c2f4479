import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { signIdentity } from '@hubrelay/relay/identity';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startLimitedWorkerHost, type WorkerHost } from '../support/start-worker-host.ts';
import { aliveBatch, variablesFor } from './host-contract.ts';

// What depends on the platform, in workerd: its rate limits, where it says a client is, its cryptography.

let hubspot: RunningFakeHubSpot;

beforeEach(async () => {
  hubspot = await startFakeHubSpot();
  return () => hubspot.close();
});

async function startLimited(
  limits: Record<string, number>,
  variables: Record<string, string> = {},
): Promise<WorkerHost> {
  const host = await startLimitedWorkerHost({ ...variablesFor(hubspot), ...variables }, limits);
  onTestFinished(() => host.stop());
  return host;
}

function post(
  host: WorkerHost,
  body: object,
  { from = '203.0.113.7', cf = {} }: { from?: string; cf?: Record<string, string> } = {},
) {
  const headers = {
    origin: 'https://shop.example',
    'content-type': 'text/plain',
    'cf-connecting-ip': from,
  };
  return host.fetch('/v1/events', { method: 'POST', headers, body: JSON.stringify(body), cf });
}

/** The windows of the platform here are the minutes of the clock: requests that fell into two are asked again, elsewhere. */
async function inOneWindow<Answers>(
  limits: Record<string, number>,
  ask: (host: WorkerHost) => Promise<Answers>,
): Promise<Answers> {
  const host = await startLimited(limits);
  const minute = () => Math.floor(Date.now() / 60_000);
  const startedIn = minute();
  const answers = await ask(host);
  return minute() === startedIn ? answers : inOneWindow(limits, ask);
}

test('the binding for addresses limits each client, and says when to come back', async () => {
  const { statuses, refused, taken } = await inOneWindow(
    { RATE_LIMIT_ADDRESS: 2 },
    async (host) => {
      const before = hubspot.received().length;
      const first = await post(host, aliveBatch());
      const second = await post(host, aliveBatch());
      const refused = await post(host, aliveBatch());
      const other = await post(host, aliveBatch(), { from: '203.0.113.8' });
      const statuses = [first, second, refused, other].map(({ status }) => status);
      return { statuses, refused, taken: hubspot.received().length - before };
    },
  );
  expect(statuses).toEqual([204, 204, 429, 204]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: 'rate_limited' });
  expect(taken).toBe(3);
});

test('one network of IPv6 is one client of the binding', async () => {
  const addresses = ['2606:4700:1:2::1', '2606:4700:1:2:ffff::3', '2606:4700:1:3::1'];
  const statuses = await inOneWindow({ RATE_LIMIT_ADDRESS: 1 }, async (host) => {
    const statuses: number[] = [];
    for (const from of addresses) statuses.push((await post(host, aliveBatch(), { from })).status);
    return statuses;
  });
  expect(statuses).toEqual([204, 429, 204]);
});

test('the binding for visitors limits each visitor, from whatever address', async () => {
  const statuses = await inOneWindow({ RATE_LIMIT_VISITOR: 1 }, async (host) => {
    const mine = await post(host, aliveBatch());
    const again = await post(host, aliveBatch(), { from: '203.0.113.8' });
    const other = await post(host, { ...aliveBatch(), utk: 'f'.repeat(32) });
    return [mine, again, other].map(({ status }) => status);
  });
  expect(statuses).toEqual([204, 429, 204]);
});

test('the place that the platform tells is set where asked for, and not what a page claims', async () => {
  const host = await startLimited({}, { ENRICH: 'place,user_agent' });
  const [event] = aliveBatch().events;
  const claims = { hs_country: 'Mars', hs_city: 'Olympus' };
  const batch = { ...aliveBatch(), events: [{ ...event, properties: claims }] };
  const cf = { city: 'Graz', region: 'Styria', country: 'AT', postalCode: '8010' };
  expect((await post(host, batch, { cf })).status).toBe(204);
  expect((await hubspot.waitFor(1))[0]?.properties).toMatchObject({
    hs_city: 'Graz',
    hs_region: 'Styria',
    hs_country: 'AT',
  });
});

test('the place is not passed on unless asked for', async () => {
  const host = await startLimited({});
  await post(host, aliveBatch(), { cf: { city: 'Graz', country: 'AT' } });
  expect((await hubspot.waitFor(1))[0]?.properties).toEqual({});
});

describe('an identity', () => {
  const AUDIENCE = 'https://shop.example';
  const jane = { email: 'jane@shop.example' };

  async function identified(host: WorkerHost, identity: string) {
    await post(host, { ...aliveBatch(), identity });
    return (await hubspot.waitFor(1))[0];
  }

  test('that the shared secret signed is accepted, and another is not', async () => {
    const key = 'a secret of thirty-two bytes, or more';
    const variables = { IDENTITY_SECRET: key, IDENTITY_AUDIENCE: AUDIENCE };
    const host = await startLimited({}, variables);
    const forged = await signIdentity(jane, { audience: AUDIENCE, key: key.replace('a', 'b') });
    expect(await identified(host, forged)).not.toHaveProperty('email');
    hubspot.clear();
    const signed = await signIdentity(jane, { audience: AUDIENCE, key });
    expect(await identified(host, signed)).toMatchObject(jane);
  });

  test('is accepted by keys that the site publishes', async () => {
    const pair = await generateKeyPair('EdDSA', { extractable: true });
    const published = { ...(await exportJWK(pair.publicKey)), kid: 'k1' };
    const server = createServer((_, answer) => answer.end(JSON.stringify({ keys: [published] })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const host = await startLimited(
      {},
      { IDENTITY_JWKS_URL: `http://127.0.0.1:${port}/`, IDENTITY_AUDIENCE: AUDIENCE },
    );
    const key = { ...(await exportJWK(pair.privateKey)), kid: 'k1' };
    const signed = await signIdentity(jane, { audience: AUDIENCE, key });
    expect(await identified(host, signed)).toMatchObject(jane);
  });
});
