import type { Hono } from 'hono';
import { problem } from '../http/problem.ts';
import type { PendingStore } from '../outbox/outbox.ts';
import { parsePendingOrder, parsePendingQuery } from './pending-filter.ts';
import { readJson } from './read-json.ts';

/** Pending events, looked at and taken out by their owner. @param onBury is told how many */
export function addPendingRoutes(
  admin: Hono,
  store: PendingStore,
  onBury: (events: number) => void,
): void {
  admin.get('/pending', async (c) => {
    const query = parsePendingQuery(c.req.query());
    return query.ok ? c.json(await store.listPending(query.value)) : refuse(query.problem);
  });
  admin.get('/pending/:uuid', async (c) => {
    const { items } = await store.listPending({ uuids: [c.req.param('uuid')], limit: 1 });
    return items[0] ? c.json(items[0]) : problem('not_found', 'No pending event has this uuid.');
  });
  admin.post('/pending/bury', async (c) => {
    const order = parsePendingOrder(await readJson(c));
    if (!order.ok) return refuse(order.problem);
    const buried = await store.buryPending(order.value);
    onBury(buried);
    return c.json({ buried });
  });
  admin.post('/pending/purge', async (c) => {
    const order = parsePendingOrder(await readJson(c));
    if (!order.ok) return refuse(order.problem);
    return c.json({ purged: await store.purgePending(order.value) });
  });
}

/** Where a platform's queue stands in for an outbox: says what there is instead. */
export function refusePendingRoutes(admin: Hono, detail: string): void {
  const refuse = () => problem('not_found', detail);
  admin.all('/pending', refuse);
  admin.all('/pending/*', refuse);
}

const refuse = (detail: string) => problem('invalid_order', detail);
