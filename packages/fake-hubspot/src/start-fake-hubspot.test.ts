import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nextRequest } from '../test/call.ts';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from './index.ts';

let hubspot: RunningFakeHubSpot;
beforeEach(async () => {
  hubspot = await startFakeHubSpot();
});
afterEach(() => hubspot.close());

const utk = '0123456789abcdef0123456789abcdef';
const event = (uuid = crypto.randomUUID() as string) => ({
  uuid,
  eventName: 'pe1234567_signup',
  properties: { plan: 'pro' },
  utk,
});

function send(
  body: unknown,
  { path = '/events/v3/send', signal = null }: { path?: string; signal?: AbortSignal | null } = {},
) {
  return fetch(hubspot.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${demoCredentials.accessToken}`,
    },
    body: JSON.stringify(body),
    signal,
  });
}

test('takes an event over a real socket', async () => {
  const sent = event();
  const answer = await send(sent);
  expect(answer.status).toBe(204);
  expect(answer.headers.get('x-hubspot-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(hubspot.received()).toMatchObject([{ ...sent, uuidFrom: 'sender', batchSize: 1 }]);
});

test('waits for events that are still on their way', async () => {
  const arrival = hubspot.waitFor(2);
  await send({ inputs: [event(), event()] }, { path: '/events/2026-09/send/batch' });
  expect(await arrival).toHaveLength(2);
});

/** Sends an event that is never answered; a sender that would wait for ever gives up once HubSpot has it. */
async function sendInVain(sent: unknown) {
  const arrival = nextRequest(hubspot);
  const giveUp = new AbortController();
  const failure = expect(send(sent, { signal: giveUp.signal })).rejects.toThrow();
  await arrival;
  giveUp.abort();
  await failure;
}

test.each(['reset', 'hang'] as const)('does not apply what meets a %s', async (kind) => {
  hubspot.fail({ kind, times: 1 });
  const sent = event();
  await sendInVain(sent);
  expect(hubspot.received()).toEqual([]);
  expect(hubspot.requests()).toMatchObject([{ status: 0, fault: kind, applied: 0 }]);

  expect((await send(sent)).status).toBe(204);
  expect(hubspot.received()).toHaveLength(1);
});

test.each(['drop-reply', 'hang-reply'] as const)('applies what meets a %s', async (kind) => {
  hubspot.fail({ kind, times: 1 });
  const sent = event();
  await sendInVain(sent);
  expect(hubspot.received()).toHaveLength(1);
  expect(hubspot.requests()).toMatchObject([{ status: 0, fault: kind, applied: 1 }]);

  expect((await send(sent)).status).toBe(204);
  expect(hubspot.received()).toHaveLength(1);
  expect(hubspot.duplicates()).toMatchObject([{ uuid: sent.uuid }]);
});

test.each(['reset', 'drop-reply'] as const)(
  'breaks the connection on %s, unasked',
  async (kind) => {
    hubspot.fail({ kind, times: 1 });
    await expect(send(event(), { signal: null })).rejects.toMatchObject({
      cause: { code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) },
    });
  },
);

test.each([
  [{}, 200, 1],
  [{ status: 503 }, 503, 0],
])('breaks off the body of an answer: %j', async (more, status, applied) => {
  hubspot.fail({ kind: 'truncate', times: 1, ...more });
  const answer = await send(event());
  expect(answer.status).toBe(status);
  await expect(answer.text()).rejects.toThrow();
  expect(hubspot.received()).toHaveLength(applied);
});

test('takes nothing of a request that breaks off in its body', async () => {
  const { port } = new URL(hubspot.url);
  const socket = connect(Number(port), '127.0.0.1');
  const body = JSON.stringify(event());
  await new Promise((written) =>
    socket.write(
      `POST /events/v3/send HTTP/1.1\r\nhost: fake\r\ncontent-type: application/json\r\n` +
        `authorization: Bearer ${demoCredentials.accessToken}\r\ncontent-length: ${body.length + 1}\r\n\r\n${body}`,
      written,
    ),
  );
  socket.destroy();
  expect((await send(event())).status).toBe(204);
  expect(hubspot.received()).toHaveLength(1);
  expect(hubspot.requests()).toHaveLength(1);
});

test('frees its port while a request hangs', async () => {
  hubspot.fail({ kind: 'hang' });
  const arrival = nextRequest(hubspot);
  const hanging = expect(send(event())).rejects.toThrow();
  await arrival;
  await hubspot.close();
  await hanging;
  hubspot = await startFakeHubSpot();
});
