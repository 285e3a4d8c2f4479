import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Deliverer } from '../delivery/deliverer.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { RefusedOrigins } from '../receive/refused-origins.ts';
import type { Redacted } from '../redacted.ts';
import { requireAdminToken } from './admin-token.ts';
import { addDeadLetterRoutes } from './dead-letter-routes.ts';

export interface AdminOptions {
  readonly outbox: Outbox;
  readonly deliverer: Deliverer;
  readonly refusedOrigins: RefusedOrigins;
  /** Whoever has it can read visitors' events and delete them. Not HubSpot's token. */
  readonly token: Redacted;
}

/**
 * The owner's API to a queued relay: what is in the outbox, what died and why, and orders about it. Every route asks for the
 * bearer token; no answer carries a CORS header, so no page can use it, whatever it knows.
 */
export function createAdmin({ outbox, deliverer, refusedOrigins, token }: AdminOptions): Hono {
  const admin = new Hono();
  admin.use(requireAdminToken(token.reveal()));

  admin.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    throw error;
  });

  const look = async () => {
    const stats = await outbox.stats();
    return {
      outbox: stats,
      delivery: deliverer.status(stats),
      refusedOrigins: refusedOrigins.counts(),
    };
  };
  admin.get('/stats', async (c) => c.json(await look()));

  addDeadLetterRoutes(admin, outbox, deliverer.wake);

  admin.post('/pause', async (c) => {
    await deliverer.pause();
    return c.json(await look());
  });
  admin.post('/resume', async (c) => {
    await deliverer.resume();
    return c.json(await look());
  });
  return admin;
}
