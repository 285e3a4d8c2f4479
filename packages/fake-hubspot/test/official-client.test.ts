import { Client } from '@hubspot/api-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '../src/index.ts';
import { utk } from './call.ts';

// HubSpot's own client was written against the real API, so what it sends and understands says whether the fake is one.
let hubspot: RunningFakeHubSpot;
beforeEach(async () => {
  hubspot = await startFakeHubSpot({ contacts: [{ id: '101', utks: [utk] }] });
});
afterEach(() => hubspot.close());

const client = (accessToken: string) => new Client({ accessToken, basePath: hubspot.url });
const event = () => ({
  uuid: crypto.randomUUID() as string,
  eventName: 'pe1234567_signup',
  properties: { plan: 'pro' },
  occurredAt: new Date('2026-05-01T12:00:00.000Z'),
  utk,
});

test('HubSpot’s client sends one event and a batch', async () => {
  const { send } = client(demoCredentials.accessToken).events;
  await send.basicApi.send(event());
  await send.batchApi.send({ inputs: [event(), event()] });
  expect(hubspot.received()).toMatchObject([
    { batchSize: 1, occurredAt: '2026-05-01T12:00:00.000Z' },
    { batchSize: 2 },
    { batchSize: 2 },
  ]);
});

test('HubSpot’s client understands a refusal', async () => {
  const { send } = client(demoCredentials.accessToken).events;
  await expect(send.basicApi.send({ ...event(), eventName: 'signup' })).rejects.toMatchObject({
    code: 400,
    body: { category: 'VALIDATION_ERROR', correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
});

test('HubSpot’s client reads events back', async () => {
  const { events } = client(demoCredentials.accessToken);
  await events.send.basicApi.send(event());
  const page = await events.eventsApi.getPage();
  expect(page.results).toMatchObject([
    {
      eventType: 'pe1234567_signup',
      objectType: 'CONTACT',
      objectId: '101',
      properties: { plan: 'pro' },
    },
  ]);
  expect(page.results[0]?.occurredAt).toEqual(new Date('2026-05-01T12:00:00.000Z'));
});

test('HubSpot’s client refreshes a token that can send', async () => {
  const { clientId, clientSecret, refreshToken } = demoCredentials;
  const { oauth } = new Client({ basePath: hubspot.url });
  const token = await oauth.tokensApi.create(
    'refresh_token',
    undefined,
    undefined,
    clientId,
    clientSecret,
    refreshToken,
  );
  expect(token).toMatchObject({ tokenType: 'bearer', expiresIn: 1_800, refreshToken });
  await client(token.accessToken).events.send.basicApi.send(event());
  expect(hubspot.received()).toMatchObject([{ credential: 'oauth' }]);
});
