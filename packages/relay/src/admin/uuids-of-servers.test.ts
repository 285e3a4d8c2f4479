import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { event } from '../../test/support/events.ts';
import { createMemoryOutbox } from '../../test/support/memory-outbox.ts';
import { addDeadLetterRoutes } from './dead-letter-routes.ts';
import { addPendingRoutes } from './pending-routes.ts';

const everything = { maxEvents: 10, maxBytes: 1e6, leaseMs: 1000 };

test('a server’s event that goes on under a derived uuid is found by its own, and orders touch only what they name', async () => {
  const outbox = createMemoryOutbox({ clock: Date.now });
  const admin = new Hono();
  addDeadLetterRoutes(admin, outbox, { onReplay: () => {} });
  addPendingRoutes(admin, outbox, { onBury: () => {} });
  const json = async (path: string, body?: object) => {
    const init = body ? { method: 'POST', body: JSON.stringify(body) } : {};
    return (await admin.request(path, init)).json();
  };
  const { uuid } = event(1);
  const derived = `${uuid.slice(0, 14)}8${uuid.slice(15)}`;
  await outbox.enqueue([event(1)], 'page');
  await outbox.ack(await outbox.claim(everything));
  await outbox.enqueue([event(1)], 'server');

  expect(await json(`/pending/${uuid}`)).toMatchObject({ event: { uuid: derived } });
  expect(await json(`/pending?uuids=${uuid}`)).toMatchObject({
    items: [{ event: { uuid: derived } }],
  });
  await outbox.bury(await outbox.claim(everything), 'refused_by_hubspot', { status: 400 });
  expect(await json(`/dead/${uuid}`)).toMatchObject({ event: { uuid: derived } });
  expect(await json(`/dead?uuids=${uuid}`)).toMatchObject({
    items: [{ event: { uuid: derived } }],
  });
  expect(await json('/dead/purge', { uuids: [uuid] })).toEqual({ purged: 0 });
  expect(await json('/dead/purge', { uuids: [derived] })).toEqual({ purged: 1 });
  expect((await admin.request(`/dead/${uuid}`)).status).toBe(404);
});
