import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { mintRelayKey } from '@hubrelay/relay';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aliveBatch, postTo, type RunningHost, variablesFor } from '../hosts/host-contract.ts';
import { startLimitedWorkerHost } from '../support/start-worker-host.ts';
import { arbitraryRequest, bytesOf, CANARY, type FuzzRequest } from './arbitrary-request.ts';
import { exchangeAsSender } from './exchange-as-sender.ts';
import { faultOf, leakOf } from './fault-of.ts';
import { forEachInput, RUNS, TIMEOUT_MS } from './runs.ts';

let hubspot: RunningFakeHubSpot;
let host: RunningHost;
let relayKey: string;

beforeAll(async () => {
  hubspot = await startFakeHubSpot();
  const { secret, key } = await mintRelayKey('fuzz');
  relayKey = secret;
  const variables = {
    ...variablesFor(hubspot),
    // A busy machine may hold up the HubSpot of this process, and 503 would be the right answer.
    HUBSPOT_TIMEOUT_MS: '120000',
    RELAY_KEYS: JSON.stringify({ keys: [key] }),
    ENRICH: 'place,user_agent',
  };
  host = await startLimitedWorkerHost(variables, {});
});
afterAll(async () => {
  await host?.stop();
  await hubspot?.close();
});

/** RFC 3986. To anything else workerd answers "invalid URI" itself. */
const LEGAL_PATH = /^\/[\w\-.~!$&'()*+,;=:@/?]*$/;

/** Only the platform sets these; a client's are replaced or refused before the Worker. */
const withoutPlatformHeaders = (request: FuzzRequest): FuzzRequest => ({
  ...request,
  headers: request.headers.filter(([name]) => !/^(cf|mf)-/i.test(name)),
});

const runs = Math.ceil(RUNS / 4);

test(`${runs} requests to workerd: no 5xx, no hang, every error a document, no secret or address comes out`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const secrets = [CANARY, demoCredentials.accessToken, relayKey];
  // What is broken as HTTP, workerd answers before the Worker sees it.
  const wellFormed = arbitraryRequest(relayKey)
    .map(withoutPlatformHeaders)
    .filter(
      ({ framing, path }) =>
        (framing === 'length' || framing === 'chunked') && LEGAL_PATH.test(path),
    );
  let done = 0;
  await forEachInput(wellFormed, runs, async (request) => {
    const answer = await exchangeAsSender({ url: host.url, chunks: bytesOf(request) });
    const fault = request.method === 'HEAD' ? undefined : faultOf(answer, secrets);
    if (fault) throw new Error(fault);
    done += 1;
    if (done % 500 === 0) hubspot.clear();
  });
  expect((await postTo(host, aliveBatch())).status).toBe(204);
  expect(leakOf(host.output(), secrets)).toBeUndefined();
});
