import { isUtk } from '@hubrelay/protocol';
import { type Context, Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { HTTPException } from 'hono/http-exception';
import type { Deliverer } from '../delivery/deliverer.ts';
import type { DeadFilter, Outbox } from '../outbox/outbox.ts';
import { problem } from '../receive/problem.ts';
import type { Redacted } from '../redacted.ts';
import { type Parsed, parseOrder, parseQuery } from './dead-filter.ts';

export interface AdminOptions {
  readonly outbox: Outbox;
  readonly deliverer: Deliverer;
  /** Whoever has it can read visitors' events and delete them. Not HubSpot's token. */
  readonly token: Redacted;
}

/**
 * The owner's API to a queued relay: what is in the outbox, what died and why, and orders about it. Every route asks for the
 * bearer token; no answer carries a CORS header, so no page can use it, whatever it knows.
 */
export function createAdmin({ outbox, deliverer, token }: AdminOptions): Hono {
  const admin = new Hono();
  admin.use(bearerAuth({ token: token.reveal(), realm: 'hubrelay admin' }));

  admin.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    throw error;
  });

  admin.get('/stats', async (c) =>
    c.json({ outbox: await outbox.stats(), delivery: deliverer.status() }),
  );

  admin.get('/dead', async (c) => {
    const query = parseQuery(c.req.query());
    return query.ok ? c.json(await outbox.listDead(query.value)) : refuse(query.problem);
  });
  admin.get('/dead/:uuid', async (c) => {
    const { items } = await outbox.listDead({ uuids: [c.req.param('uuid')], limit: 1 });
    return items[0] ? c.json(items[0]) : problem('not_found', 'No dead letter has this uuid.');
  });
  admin.post('/dead/replay', async (c) => {
    const order = await readOrder(c);
    if (!order.ok) return refuse(order.problem);
    const replayed = await outbox.replay(order.value);
    deliverer.wake();
    return c.json({ replayed });
  });
  admin.post('/dead/purge', async (c) => {
    const order = await readOrder(c);
    return order.ok ? c.json({ purged: await outbox.purge(order.value) }) : refuse(order.problem);
  });

  admin.post('/forget', async (c) => {
    const utk = ((await readJson(c)) as { utk?: unknown } | undefined)?.utk;
    if (!isUtk(utk))
      return refuse('utk: give the value of the visitor’s hubspotutk cookie, 32 hex digits');
    return c.json({ forgotten: await outbox.forget(utk) });
  });

  admin.post('/pause', (c) => {
    deliverer.pause();
    return c.json({ delivery: deliverer.status() });
  });
  admin.post('/resume', (c) => {
    deliverer.resume();
    return c.json({ delivery: deliverer.status() });
  });
  return admin;
}

async function readOrder(c: Context): Promise<Parsed<DeadFilter>> {
  return parseOrder(await readJson(c));
}

/** Undefined when the body is not JSON: the schemas then say what they want. */
async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    return undefined;
  }
}

function refuse(detail: string): Response {
  return Response.json(
    { type: 'about:blank', title: 'The order cannot be carried out', status: 422, detail },
    { status: 422, headers: { 'content-type': 'application/problem+json' } },
  );
}
