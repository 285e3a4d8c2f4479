import type { Hono } from 'hono';
import { problem } from '../http/problem.ts';
import type { PendingStore } from '../outbox/outbox.ts';
import type { PendingEvent } from '../outbox/pending-event.ts';
import { MOST_OF_A_UUID, oneOf, uuidsOf, withFullName } from './conditions.ts';
import { parsePendingOrder, parsePendingQuery } from './pending-filter.ts';
import { readJson } from './read-json.ts';

export interface PendingRoutesOptions {
  /** For short event names. */
  readonly hubId?: string | undefined;
  /** Is told how many. */
  readonly onBury: (events: number) => void;
}

/** Pending events, looked at and taken out by their owner. */
export function addPendingRoutes(
  admin: Hono,
  store: PendingStore,
  { hubId, onBury }: PendingRoutesOptions,
): void {
  admin.get('/pending', async (c) => {
    const query = withFullName(parsePendingQuery(c.req.query()), hubId);
    return query.ok ? c.json(await store.listPending(query.value)) : refuse(query.problem);
  });
  admin.get('/pending/:uuid', async (c) => {
    const found = await firstWith(c.req.param('uuid'), store);
    return found ? c.json(found) : problem('not_found', 'No pending event has this uuid.');
  });
  admin.post('/pending/bury', async (c) => {
    const order = withFullName(parsePendingOrder(await readJson(c)), hubId);
    if (!order.ok) return refuse(order.problem);
    const buried = await store.buryPending(order.value);
    onBury(buried);
    return c.json({ buried });
  });
  admin.post('/pending/purge', async (c) => {
    const order = withFullName(parsePendingOrder(await readJson(c)), hubId);
    if (!order.ok) return refuse(order.problem);
    return c.json({ purged: await store.purgePending(order.value) });
  });
}

async function firstWith(uuid: string, store: PendingStore): Promise<PendingEvent | undefined> {
  let ofServer: PendingEvent | undefined;
  let cursor: string | undefined;
  do {
    const where = { uuids: uuidsOf(uuid), limit: MOST_OF_A_UUID };
    const page = await store.listPending({ ...where, ...(cursor && { cursor }) });
    const found = oneOf(page.items, uuid);
    if (found?.event.uuid === uuid) return found;
    ofServer ??= found;
    cursor = page.next;
  } while (cursor !== undefined);
  return ofServer;
}

/** Where a platform's queue stands in for an outbox: says what there is instead. */
export function refusePendingRoutes(admin: Hono, detail: string): void {
  const refuse = () => problem('not_found', detail);
  admin.all('/pending', refuse);
  admin.all('/pending/*', refuse);
}

const refuse = (detail: string) => problem('invalid_order', detail);
