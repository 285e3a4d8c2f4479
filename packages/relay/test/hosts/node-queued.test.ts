import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { mintRelayKey } from '@hubrelay/relay';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { limitFiles } from '../support/limit-files.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { type NodeHost, startNodeHost } from '../support/start-node-host.ts';
import { aliveBatch, postTo, variablesFor } from './host-contract.ts';

const ADMIN_TOKEN = 'an-admin-token-of-the-tests';

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

async function startQueued(variables: Record<string, string> = {}): Promise<NodeHost> {
  const host = await startNodeHost({
    ...variablesFor(hubspot),
    DELIVERY: 'queued',
    OUTBOX_PATH: join(folder, 'outbox.db'),
    ADMIN_TOKEN,
    ...variables,
  });
  onTestFinished(() => host.stop());
  return host;
}

async function ask(host: NodeHost, path: string, body?: unknown): Promise<Response> {
  return fetch(`${host.url}/admin/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const uuidOf = (batch: ReturnType<typeof aliveBatch>) => batch.events[0]?.uuid;

test('an event is acknowledged from storage and delivered from there', async () => {
  const host = await startQueued();
  const batch = aliveBatch();
  expect((await postTo(host, batch)).status).toBe(202);
  expect((await hubspot.waitFor(1))[0]?.uuid).toBe(uuidOf(batch));
  expect(host.output()).toContain('"durability":"disk","keepsEventsFor":"48 h, then 30 d as');
});

test('a server is never told of an event that is dropped: after a page with its uuid, under two names, corrected', async () => {
  const { secret, key } = await mintRelayKey('backend');
  const host = await startQueued({ RELAY_KEYS: JSON.stringify({ keys: [key] }) });
  const send = async (input: object) => {
    const answer = await fetch(`${host.url}/events/v3/send`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'jane@shop.example', properties: {}, ...input }),
    });
    expect(answer.status).toBe(204);
  };
  const batch = aliveBatch();
  const uuid = uuidOf(batch);
  const eventName = `pe${demoCredentials.hubId}_${batch.events[0]?.eventName}`;
  await postTo(host, batch);
  await hubspot.waitFor(1);

  // A page was first with this uuid, and HubSpot ignores a second event with it.
  await send({ eventName, uuid });
  await send({ eventName, uuid });
  await hubspot.waitFor(2);
  await send({ eventName: `pe${demoCredentials.hubId}_added_to_cart`, uuid });
  await hubspot.waitFor(3);

  const other = randomUUID();
  await send({ eventName, uuid: other, properties: { hs_screen_width: 'wide' } });
  await expect
    .poll(async () => (await (await ask(host, '/stats')).json()) as object)
    .toMatchObject({ outbox: { dead: 1 } });
  await send({ eventName, uuid: other });
  await hubspot.waitFor(4);
  const emails = hubspot.received().map(({ email }) => email);
  expect(emails).toEqual([undefined, ...Array(3).fill('jane@shop.example')]);
  expect(hubspot.received().at(-1)?.uuid).toBe(other);
});

test('what was acknowledged survives kill -9 and arrives once, after the restart', async () => {
  const host = await startQueued();
  const undo = hubspot.fail({ status: 503 });
  const batches = Array.from({ length: 20 }, () => aliveBatch());
  for (const batch of batches) expect((await postTo(host, batch)).status).toBe(202);
  host.process.kill('SIGKILL');
  await once(host.process, 'exit');
  undo();

  await startQueued();
  await hubspot.waitFor(batches.length);
  expect(new Set(hubspot.received().map((event) => event.uuid))).toEqual(
    new Set(batches.map(uuidOf)),
  );
  expect(hubspot.received()).toHaveLength(batches.length);
});

test('a trace is followed over the queue: from the page’s request to the log and to HubSpot', async () => {
  const host = await startQueued();
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const batch = aliveBatch();
  await postTo(host, batch, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
  await hubspot.waitFor(1);
  expect(hubspot.requests()[0]?.headers.traceparent).toContain(traceId);
  const line = () =>
    host
      .output()
      .split('\n')
      .find((text) => text.includes('hubspot call'));
  await expect.poll(line).toContain(`"traceId":"${traceId}"`);
});

test('SIGTERM delivers what is waiting before the process ends', async () => {
  const host = await startQueued();
  hubspot.fail({ latencyMs: 300 });
  await postTo(host, aliveBatch());
  host.process.kill('SIGTERM');
  const [code] = await once(host.process, 'exit');
  expect(code).toBe(0);
  expect(hubspot.received()).toHaveLength(1);
});

test('a refused event is a dead letter that its owner can read, correct and replay', async () => {
  const host = await startQueued();
  const batch = aliveBatch('not_defined_yet');
  await postTo(host, batch);
  const dead = () => ask(host, '/dead').then((answer) => answer.json());
  await expect.poll(async () => (await dead()).items.length).toBe(1);
  const [letter] = (await dead()).items;
  expect(letter).toMatchObject({
    event: { uuid: uuidOf(batch) },
    reason: 'refused_by_hubspot',
    error: { status: 400, message: expect.any(String), correlationId: expect.any(String) },
  });

  await defineEvent('not_defined_yet');
  expect(await (await ask(host, '/dead/replay', { uuids: [uuidOf(batch)] })).json()).toEqual({
    replayed: 1,
  });
  expect((await hubspot.waitFor(1))[0]?.uuid).toBe(uuidOf(batch));
  expect((await dead()).items).toEqual([]);
});

test('an order about dead letters must say which', async () => {
  const host = await startQueued();
  const answer = await ask(host, '/dead/purge', {});
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    code: 'invalid_order',
    detail: expect.stringContaining('"all": true'),
  });
});

test('the admin API is for its token only, and never for pages', async () => {
  const host = await startQueued();
  expect((await fetch(`${host.url}/admin/v1/stats`)).status).toBe(401);
  const answer = await fetch(`${host.url}/admin/v1/stats`, {
    headers: {
      authorization: `Bearer ${demoCredentials.accessToken}`,
      origin: 'https://shop.example',
    },
  });
  expect(answer.status).toBe(401);
  expect(answer.headers.has('access-control-allow-origin')).toBe(false);
});

test('a visitor can be forgotten while delivery is paused', async () => {
  const host = await startQueued();
  await ask(host, '/pause', {});
  const batch = aliveBatch();
  await postTo(host, batch);
  expect(await (await ask(host, '/forget', { utk: batch.utk })).json()).toEqual({ forgotten: 1 });
  await ask(host, '/resume', {});

  const later = aliveBatch();
  await postTo(host, later);
  expect((await hubspot.waitFor(1)).map((event) => event.uuid)).toEqual([uuidOf(later)]);
});

test('a pause by hand holds over kill -9 and a stop, until somebody resumes', async () => {
  const first = await startQueued();
  expect(await (await ask(first, '/pause', {})).json()).toMatchObject({
    delivery: { lane: { state: 'paused', cause: 'operator' } },
  });
  const batch = aliveBatch();
  expect((await postTo(first, batch)).status).toBe(202);
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');

  const second = await startQueued({ METRICS_PORT: '0', CHECK_KEY: 'true' });
  const ready = await fetch(`${second.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({
    ready: false,
    lane: { state: 'paused', cause: 'operator' },
  });
  expect(await (await ask(second, '/stats')).json()).toMatchObject({
    outbox: { pending: 1, pausedAt: expect.any(Number) },
    delivery: { lane: { state: 'paused', cause: 'operator' } },
  });
  expect(await laneStateIn(second)).toBe('paused');
  // A stop delivers whatever may be delivered.
  await second.stop();
  expect(hubspot.requests()).toEqual([]);

  const third = await startQueued({ METRICS_PORT: '0' });
  expect(await (await ask(third, '/resume', {})).json()).toMatchObject({
    delivery: { lane: { state: 'open' } },
  });
  expect((await hubspot.waitFor(1)).map(({ uuid }) => uuid)).toEqual([uuidOf(batch)]);
  expect((await fetch(`${third.url}/readyz`)).status).toBe(200);
  expect(await laneStateIn(third)).toBe('open');
});

/** What Prometheus reads. */
async function laneStateIn(host: NodeHost): Promise<string | undefined> {
  const metrics = /"metrics":"([^"]+)"/.exec(host.output())?.[1];
  const text = await (await fetch(`${metrics}/metrics`)).text();
  return /hubrelay_lane_state\{[^}]*state="(\w+)"[^}]*\} 1/.exec(text)?.[1];
}

test('a revoked token pauses delivery, is told by /readyz, and loses nothing', async () => {
  const host = await startQueued();
  hubspot.fail({ status: 401 });
  // One event alone proves nothing about the token.
  expect((await postTo(host, aliveBatch())).status).toBe(202);
  expect((await postTo(host, aliveBatch())).status).toBe(202);
  const ready = () => fetch(`${host.url}/readyz`);
  await expect.poll(async () => (await ready()).status).toBe(503);
  const told = await (await ready()).json();
  expect(told).toMatchObject({ ready: false, lane: { state: 'paused', cause: 'unauthorized' } });
  // HubSpot's words are for the owner.
  expect(told.lane).not.toHaveProperty('error');
  expect(await (await ask(host, '/stats')).json()).toMatchObject({
    outbox: { pending: 2, dead: 0 },
    delivery: { lane: { error: { status: 401 } } },
  });
});

test('an event that waits too long is told by /readyz, and by nothing else', async () => {
  const host = await startQueued({ READY_MAX_WAIT_MS: '1000' });
  const ready = async () => (await fetch(`${host.url}/readyz`)).json();
  expect(await ready()).toMatchObject({ ready: true, oldestWaitMs: 0, storage: 'ok' });
  hubspot.fail({ status: 503 });
  await postTo(host, aliveBatch());
  await expect.poll(ready).toMatchObject({ ready: false, storage: 'ok' });
  const { lane, oldestWaitMs } = await ready();
  expect(lane.state).not.toBe('paused');
  expect(oldestWaitMs).toBeGreaterThan(1000);
});

/** A disk of its own is filled up where the system lets us mount one, else the process cannot let its files grow. */
async function startOnSmallDisk() {
  const place = join(folder, 'disk');
  await mkdir(place);
  const disk = await mountSmallDisk(place);
  const host = await startQueued({ OUTBOX_PATH: join(place, 'outbox.db') });
  return {
    host,
    fill: () => (disk ? disk.fill() : limitFiles(host.process.pid)),
    async end() {
      await host.stop();
      await disk?.unmount();
    },
  };
}

test('a full disk is 503 for pages and for /readyz, and passes when there is room again', async () => {
  const { host, fill, end } = await startOnSmallDisk();
  try {
    const first = aliveBatch();
    await postTo(host, first);
    await hubspot.waitFor(1);
    const makeRoom = await fill();
    const refused = await postTo(host, aliveBatch());
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const ready = async () => (await fetch(`${host.url}/readyz`)).json();
    await expect.poll(ready).toMatchObject({ ready: false, storage: 'failing' });

    await makeRoom();
    const later = aliveBatch();
    expect((await postTo(host, later)).status).toBe(202);
    await expect.poll(ready).toMatchObject({ ready: true, storage: 'ok' });
    const arrived = await hubspot.waitFor(2);
    expect(arrived.map(({ uuid }) => uuid)).toEqual([uuidOf(first), uuidOf(later)]);
  } finally {
    await end();
  }
});

test('there is no admin API unless the owner gives it a token', async () => {
  const host = await startQueued({ ADMIN_TOKEN: '' });
  for (const path of ['/stats', '/dead', '/pause']) {
    expect((await ask(host, path)).status).toBe(404);
  }
});

test('the admin API answers no preflight of a page', async () => {
  const host = await startQueued();
  const answer = await fetch(`${host.url}/admin/v1/stats`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://shop.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  });
  expect(answer.ok).toBe(false);
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual(
    [],
  );
});

const MEASURED = [
  'hubrelay_events_received_total',
  'hubrelay_events_accepted_total',
  'hubrelay_events_delivered_total',
  'hubrelay_events_attempts_total',
  'hubrelay_batch_size_bucket',
  'hubrelay_upstream_duration_seconds_bucket',
  'hubrelay_delivery_lag_seconds_bucket',
  'hubrelay_queue_depth',
  'hubrelay_queue_oldest_age_seconds',
  'hubrelay_dead_letters',
  'hubrelay_lane_state',
];

test('nothing that a page sends becomes a label', async () => {
  const lock = join(folder, 'events.lock.json');
  await writeFile(lock, JSON.stringify({ version: 1, hubId: demoCredentials.hubId, events: {} }));
  const host = await startQueued({ EVENTS: '', EVENTS_LOCK: lock, METRICS_PORT: '0' });
  for (let number = 0; number < 20; number += 1) {
    await postTo(host, aliveBatch(`made_up_${number}`), { 'user-agent': `made_up_${number}` });
  }
  const metrics = /"metrics":"([^"]+)"/.exec(host.output())?.[1];
  const text = async () => (await fetch(`${metrics}/metrics`)).text();
  await expect
    .poll(text)
    .toMatch(/hubrelay_events_dead_total\{[^}]*rejected_by_policy[^}]*\} [1-9]/);
  expect(await text()).toMatch(/hubrelay_events_rejected_total\{[^}]*unknown_event[^}]*\} 20/);
  expect(await text()).not.toContain('made_up');
});

test('Prometheus finds what was measured, on a port of its own', async () => {
  const host = await startQueued({ METRICS_PORT: '0' });
  await postTo(host, aliveBatch());
  await hubspot.waitFor(1);
  const metrics = /"metrics":"([^"]+)"/.exec(host.output())?.[1];
  const text = async () => (await fetch(`${metrics}/metrics`)).text();
  await expect.poll(text).toMatch(/hubrelay_events_delivered_total(\{[^}]*\})? 1/);
  expect(await text()).toMatch(/hubrelay_queue_depth(\{[^}]*\})? 0/);
  expect(await text()).toMatch(/hubrelay_events_received_total\{sender="page"[^}]*\} 1/);
  expect(await text()).toMatch(/hubrelay_events_received_total\{sender="server"[^}]*\} 0/);
  expect(await text()).toContain('service_name="hubrelay"');
  const names = new Set((await text()).match(/^hubrelay_\w+(?=[{ ])/gm));
  for (const name of MEASURED) expect(names).toContain(name);
  expect((await fetch(`${host.url}/metrics`)).status).toBe(404);
});

async function defineEvent(name: string): Promise<void> {
  const answer = await fetch(`${hubspot.url}/events/v3/event-definitions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${demoCredentials.definitionsToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      name,
      label: name,
      propertyDefinitions: [],
      includeDefaultProperties: true,
    }),
  });
  expect(answer.status).toBe(201);
}

test('what a stale lock refused is kept, and can be sent once HubSpot knows the event', async () => {
  const lock = join(folder, 'events.lock.json');
  await writeFile(lock, JSON.stringify({ version: 1, hubId: demoCredentials.hubId, events: {} }));
  const host = await startQueued({ EVENTS: '', EVENTS_LOCK: lock });
  const batch = aliveBatch('product_viewed');
  expect(await (await postTo(host, batch)).json()).toMatchObject({
    rejected: [{ code: 'unknown_event' }],
  });
  const letters = async () =>
    (await (await ask(host, '/dead?reason=rejected_by_policy')).json()).items;
  await expect.poll(async () => (await letters()).length).toBe(1);
  await ask(host, '/dead/replay', { reason: 'rejected_by_policy' });
  expect((await hubspot.waitFor(1))[0]).toMatchObject({ uuid: uuidOf(batch), utk: batch.utk });
});

test('of what the policy refused nothing is kept when the owner says so', async () => {
  const lock = join(folder, 'events.lock.json');
  await writeFile(lock, JSON.stringify({ version: 1, hubId: demoCredentials.hubId, events: {} }));
  const host = await startQueued({ EVENTS: '', EVENTS_LOCK: lock, KEEP_REJECTED_PERCENT: '0' });
  await postTo(host, aliveBatch('product_viewed'));
  expect(await (await ask(host, '/stats')).json()).toMatchObject({
    outbox: { accepted: 0, dead: 0 },
  });
});
