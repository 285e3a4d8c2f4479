import { randomUUID } from 'node:crypto';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { mintRelayKey } from '@hubrelay/relay';
import { Client } from '@hubspot/api-client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { variablesFor } from '../hosts/host-contract.ts';
import { type NodeHost, startNodeHost } from '../support/start-node-host.ts';

// HubSpot's official client, unmodified: only its address and its token are the relay's.

const EVENT = `pe${demoCredentials.hubId}_product_viewed`;
const JANE = 'jane@shop.example';

let hubspot: RunningFakeHubSpot;
let host: NodeHost;
let secret: string;

beforeAll(async () => {
  hubspot = await startFakeHubSpot();
  const backend = await mintRelayKey('backend');
  const old = await mintRelayKey('old-backend', ['signed_up']);
  secret = backend.secret;
  host = await startNodeHost({
    ...variablesFor(hubspot),
    RELAY_KEYS: JSON.stringify({ keys: [old.key, backend.key] }),
  });
});
afterEach(() => hubspot.clear());
afterAll(async () => {
  await host?.stop();
  await hubspot?.close();
});

const client = (accessToken = secret, numberOfApiCallRetries = 0) =>
  new Client({ accessToken, basePath: host.url, numberOfApiCallRetries });

const event = (fields: object = {}) => ({
  eventName: EVENT,
  email: JANE,
  properties: {},
  uuid: randomUUID(),
  ...fields,
});

test('sends one event', async () => {
  const occurredAt = new Date(Date.now() - 60_000);
  const sent = event({ occurredAt });
  await client().events.send.basicApi.send(sent);
  expect(await hubspot.waitFor(1)).toMatchObject([
    { eventName: EVENT, email: JANE, uuid: sent.uuid, occurredAt: occurredAt.toISOString() },
  ]);
});

test('sends a batch, which arrives as one', async () => {
  await client().events.send.batchApi.send({ inputs: [event(), event(), event()] });
  await hubspot.waitFor(3);
  expect(hubspot.requests().map(({ path }) => path)).toEqual(['/events/v3/send/batch']);
});

test('repeats after a passing trouble, and the event counts once', async () => {
  const undo = hubspot.fail({ status: 503 });
  const sent = event();
  await expect(client().events.send.basicApi.send(sent)).rejects.toMatchObject({ code: 503 });
  undo();
  await expect
    .poll(() =>
      client()
        .events.send.basicApi.send(sent)
        .then(() => 'sent', String),
    )
    .toBe('sent');
  expect(hubspot.received().map(({ uuid }) => uuid)).toEqual([sent.uuid]);
});

test('understands a refusal of the relay', async () => {
  await expect(client().events.send.basicApi.send(event({ email: 'jane' }))).rejects.toMatchObject({
    code: 400,
    body: { status: 'error', category: 'VALIDATION_ERROR', errors: [{ in: 'email' }] },
  });
  await expect(client('hrk_wrong').events.send.basicApi.send(event())).rejects.toMatchObject({
    code: 401,
    body: { category: 'INVALID_AUTHENTICATION' },
  });
});

test('understands a refusal of HubSpot', async () => {
  const unknown = event({ eventName: `pe${demoCredentials.hubId}_never_defined` });
  await expect(client().events.send.basicApi.send(unknown)).rejects.toMatchObject({
    code: 400,
    body: { status: 'error', message: expect.stringContaining('never_defined') },
  });
});

test('leaves neither key nor token nor address in the log', () => {
  expect(host.output()).not.toContain(secret);
  expect(host.output()).not.toContain(demoCredentials.accessToken);
  expect(host.output()).not.toContain(JANE);
});
