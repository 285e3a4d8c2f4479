import { randomUUID } from 'node:crypto';
import { type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startAgedQueuesHost, startWorkerHost } from '../support/start-worker-host.ts';
import { aliveBatch, postTo, type RunningHost, variablesFor } from './host-contract.ts';

const ADMIN_TOKEN = 'an-admin-token-of-the-tests';
const UTK = '0123456789abcdef0123456789abcdef';

describe('the Cloudflare host with queues, in workerd', () => {
  let hubspot: RunningFakeHubSpot;
  let host: RunningHost;

  beforeAll(async () => {
    hubspot = await startFakeHubSpot();
    host = await startWorkerHost({ ...variablesFor(hubspot), ADMIN_TOKEN }, 'cloudflare-queues');
  });
  afterEach(() => hubspot.clear());
  afterAll(async () => {
    await host?.stop();
    await hubspot?.close();
  });

  async function admin(path: string, body?: unknown) {
    const answer = await fetch(`${host.url}/admin/v1/${path}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    return answer.json();
  }

  const deadUuids = async () => {
    const { items } = await admin('dead');
    return items.map((item: { event: { uuid: string } }) => item.event.uuid);
  };

  test('answers 202 and delivers what was queued, several events in one call', async () => {
    const batch = aliveBatch();
    const more = Array.from({ length: 120 }, () => aliveBatch().events[0]);
    expect((await postTo(host, batch)).status).toBe(202);
    for (let from = 0; from < 120; from += 40) {
      const answer = await postTo(host, { ...batch, events: more.slice(from, from + 40) });
      expect(answer.status).toBe(202);
    }
    const events = await hubspot.waitFor(121);
    expect(new Set(events.map(({ uuid }) => uuid)).size).toBe(121);
    expect(hubspot.requests().length).toBeLessThan(20);
    // As the example's wrangler.toml says.
    await expect
      .poll(host.output)
      .toMatch(/durability\W+queue\W.*without a running consumer: 96 h/);
  });

  test('takes one uuid once, though it is posted twice', async () => {
    const batch = aliveBatch();
    await Promise.all([postTo(host, batch), postTo(host, batch)]);
    const after = aliveBatch();
    await hubspot.waitFor(1);
    await postTo(host, after);
    await hubspot.waitFor(2);
    const uuids = hubspot.received().map(({ uuid }) => uuid);
    expect(uuids.toSorted()).toEqual([batch.events[0]?.uuid, after.events[0]?.uuid].toSorted());
    expect(await deadUuids()).toEqual([]);
  });

  test('tries again after a passing fault', async () => {
    hubspot.fail({ status: 500, times: 1 });
    const batch = aliveBatch();
    await postTo(host, batch);
    const [event] = await hubspot.waitFor(1);
    expect(event?.uuid).toBe(batch.events[0]?.uuid);
    expect(hubspot.requests()).toHaveLength(2);
  });

  test('keeps a refused event as a dead letter, alone, and replays it', async () => {
    const poison = randomUUID();
    const heal = hubspot.fail({ poison });
    const good = aliveBatch().events[0];
    await postTo(host, { ...aliveBatch('product_viewed', poison), utk: UTK });
    await postTo(host, { ...aliveBatch(), events: [good] });
    await hubspot.waitFor(1);
    await expect.poll(deadUuids).toEqual([poison]);
    const letter = await admin(`dead/${poison}`);
    expect(letter).toMatchObject({
      event: { uuid: poison, utk: UTK },
      reason: 'refused_by_hubspot',
      error: { status: 400 },
    });
    heal();
    expect(await admin('dead/replay', { uuids: [poison] })).toEqual({ replayed: 1 });
    await hubspot.waitFor(2);
    expect(hubspot.received().map(({ uuid }) => uuid)).toContain(poison);
    expect(await deadUuids()).toEqual([]);
  });

  test('forgets a visitor whose event is in the queue', async () => {
    hubspot.fail({ status: 503, retryAfter: 2, times: 1 });
    const forgotten = 'd'.repeat(32);
    await postTo(host, { ...aliveBatch(), utk: forgotten });
    await expect.poll(() => hubspot.requests().length).toBe(1);
    await admin('forget', { utk: forgotten });
    await expect.poll(() => host.output()).toContain('left out events of forgotten visitors');
    expect(hubspot.received()).toEqual([]);
  });

  test('purges dead letters, and forgets those of a visitor', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    hubspot.fail({ poison: (event) => event.uuid === first || event.uuid === second });
    const other = 'f'.repeat(32);
    await postTo(host, aliveBatch('product_viewed', first));
    await postTo(host, { ...aliveBatch('product_viewed', second), utk: other });
    await expect.poll(deadUuids).toHaveLength(2);
    expect(await admin('forget', { utk: other })).toEqual({ forgotten: 1 });
    expect(await deadUuids()).toEqual([first]);
    expect(await admin('dead/purge', { reason: 'refused_by_hubspot' })).toEqual({ purged: 1 });
    expect(await deadUuids()).toEqual([]);
  });

  test('delivers nothing while an operator has paused it, says so, and goes on when resumed', async () => {
    expect(await admin('pause', {})).toMatchObject({ outbox: { pausedAt: expect.any(Number) } });
    const batch = aliveBatch();
    expect((await postTo(host, batch)).status).toBe(202);
    await expect.poll(() => host.output()).toContain('an operator has paused delivery');
    // The answer may be some seconds old.
    const ready = async () => (await fetch(`${host.url}/readyz`)).json();
    await expect.poll(ready).toMatchObject({
      ready: false,
      lane: { state: 'paused', cause: 'operator' },
    });
    expect(hubspot.requests()).toEqual([]);

    const resumed = await admin('resume', {});
    expect(resumed.outbox).not.toHaveProperty('pausedAt');
    const [event] = await hubspot.waitFor(1);
    expect(event?.uuid).toBe(batch.events[0]?.uuid);
    await expect.poll(ready).toMatchObject({ ready: true });
  });

  test('counts dead letters by reason, and events that wait', async () => {
    const poison = randomUUID();
    hubspot.fail({ poison });
    await postTo(host, aliveBatch('product_viewed', poison));
    await expect.poll(deadUuids).toEqual([poison]);
    expect(await admin('stats')).toEqual({
      outbox: {
        pending: 0,
        dead: 1,
        deadByReason: { refused_by_hubspot: 1 },
        dropped: { refused_by_hubspot: 0, expired: 0 },
      },
    });
    await admin('dead/purge', { all: true });
  });

  test('replaces a message that has been in the queue for long, and delivers the new one', async () => {
    const variables = { ...variablesFor(hubspot), ADMIN_TOKEN };
    const aged = await startAgedQueuesHost(variables);
    onTestFinished(() => aged.stop());
    hubspot.fail({ status: 401, times: 2 });
    const batch = aliveBatch();
    expect((await postTo(aged, batch)).status).toBe(202);
    const [event] = await hubspot.waitFor(1);
    expect(event?.uuid).toBe(batch.events[0]?.uuid);
    // Every try was of a new message, which remembers the tries of those before it.
    expect(aged.output()).toContain('\\"attempt\\":2');
    expect(hubspot.received()).toHaveLength(1);
  });

  test('shows dead letters only with the token', async () => {
    const answer = await fetch(`${host.url}/admin/v1/dead`, {
      headers: { authorization: 'Bearer x' },
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'admin_token_required' });
  });

  test('opens no admin API with a token that can be guessed', async () => {
    const variables = { ...variablesFor(hubspot), ADMIN_TOKEN: 'short' };
    const careless = await startWorkerHost(variables, 'cloudflare-queues');
    onTestFinished(() => careless.stop());
    const headers = { authorization: 'Bearer short' };
    expect((await fetch(`${careless.url}/admin/v1/dead`, { headers })).status).toBe(404);
    await expect.poll(careless.output).toContain('ADMIN_TOKEN is too short');
  });
});
