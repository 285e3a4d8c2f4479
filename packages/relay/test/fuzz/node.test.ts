import { readFile } from 'node:fs/promises';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { mintRelayKey } from '@hubrelay/relay';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aliveBatch, postTo, variablesFor } from '../hosts/host-contract.ts';
import { type NodeHost, startNodeHost } from '../support/start-node-host.ts';
import { arbitraryRequest, bytesOf, CANARY, type FuzzRequest } from './arbitrary-request.ts';
import { exchangeAsSender } from './exchange-as-sender.ts';
import { faultOf, leakOf } from './fault-of.ts';
import type { RawAnswer } from './raw-http.ts';
import { forEachInput, RUNS, TIMEOUT_MS } from './runs.ts';

const IDENTITY_SECRET = 'the identity secret that must not come out';

let hubspot: RunningFakeHubSpot;
let host: NodeHost;
let relayKey: string;

beforeAll(async () => {
  hubspot = await startFakeHubSpot();
  const { secret, key } = await mintRelayKey('fuzz');
  relayKey = secret;
  host = await startNodeHost({
    ...variablesFor(hubspot),
    // A busy machine may hold up the HubSpot of this process, and 503 would be the right answer.
    HUBSPOT_TIMEOUT_MS: '120000',
    RELAY_KEYS: JSON.stringify({ keys: [key] }),
    IDENTITY_SECRET,
    IDENTITY_AUDIENCE: 'https://shop.example',
    ENRICH: 'place,user_agent',
    TRUSTED_PROXIES: '1',
    RATE_LIMIT_PER_ADDRESS: '1000000',
    RATE_LIMIT_PER_VISITOR: '0',
    LOG_LEVEL: 'debug',
  });
});
afterAll(async () => {
  await host?.stop();
  await hubspot?.close();
});

function send(request: FuzzRequest): Promise<RawAnswer> {
  const end = request.framing === 'too_long';
  return exchangeAsSender({ url: host.url, chunks: bytesOf(request), end });
}

/** What the relay said of it, without what it says of each request. */
const lastWarnings = () =>
  host
    .output()
    .split('\n')
    .filter((line) => /"level":"?(warn|error|40|50)/.test(line))
    .slice(-10)
    .join('\n');

const secrets = () => [CANARY, demoCredentials.accessToken, relayKey, IDENTITY_SECRET];

test(`${RUNS} requests: no 5xx, no hang, every error a document, no secret or address comes out`, {
  timeout: TIMEOUT_MS,
}, async () => {
  let runs = 0;
  let arrived = 0;
  await forEachInput(arbitraryRequest(relayKey), RUNS, async (request) => {
    const answer = await send(request);
    const fault = request.method === 'HEAD' ? undefined : faultOf(answer, secrets());
    if (fault) throw new Error(`${fault}\n${lastWarnings()}`);
    runs += 1;
    if (runs % 500 === 0) {
      arrived += hubspot.received().length;
      hubspot.clear();
    }
  });
  arrived += hubspot.received().length;
  // Requests that all fail on arrival would say nothing about what comes after.
  expect(arrived).toBeGreaterThan(RUNS / 100);
  expect(host.process.exitCode).toBeNull();
  expect((await postTo(host, aliveBatch())).status).toBe(204);
  expect(leakOf(host.output(), secrets())).toBeUndefined();
  expect(host.output()).not.toMatch(/unhandled/i);
});

test('memory stays flat', { timeout: TIMEOUT_MS }, async () => {
  const sendMany = async (count: number) => {
    const requests = fc.sample(arbitraryRequest(relayKey), { numRuns: count, seed: 7 });
    for (let at = 0; at < count; at += 30) {
      await Promise.all(requests.slice(at, at + 30).map(send));
    }
    hubspot.clear();
  };
  await sendMany(300);
  const before = await residentBytes();
  await sendMany(600);
  const growth = (await residentBytes()) - before;
  expect(growth).toBeLessThan(40 * 2 ** 20);
});

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${host.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}
