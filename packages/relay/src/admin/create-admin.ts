import { Hono } from 'hono';
import type { Redacted } from '../core/redacted.ts';
import type { DeliveredSample } from '../delivery/delivered-sample.ts';
import type { Deliverer } from '../delivery/deliverer.ts';
import { createMetrics } from '../delivery/metrics.ts';
import type { RefusedOrigins } from '../http/refused-origins.ts';
import type { Logger } from '../observe/log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { PageReports } from '../receive/page-reports.ts';
import { requireAdminToken } from './admin-token.ts';
import { answerAdminErrors } from './answer-admin-errors.ts';
import { addDeadLetterRoutes } from './dead-letter-routes.ts';
import { addDeliveredRoutes } from './delivered-routes.ts';
import { addPendingRoutes } from './pending-routes.ts';
import { addStepRoutes } from './step-routes.ts';

export interface AdminOptions {
  readonly outbox: Outbox;
  readonly deliverer: Deliverer;
  /** What the deliverer delivered. */
  readonly delivered: DeliveredSample;
  readonly refusedOrigins: RefusedOrigins;
  /** Whether HubSpot refused the key when it was asked last. @default not known */
  readonly isKeyRefused?: () => boolean;
  readonly pageReports: PageReports;
  /** For short event names. */
  readonly hubId?: string | undefined;
  /** Its holder can read visitors' events and delete them. Not HubSpot's token. */
  readonly token: Redacted;
  readonly log: Logger;
}

/**
 * The owner's API to a queued relay: what is in the outbox, what died and why, and orders about it. Every route asks for the
 * bearer token; no answer carries a CORS header, so no page can use it, whatever it knows.
 */
export function createAdmin(options: AdminOptions): Hono {
  const { outbox, deliverer, delivered, refusedOrigins, pageReports, hubId, token, log } = options;
  const admin = new Hono();
  const metrics = createMetrics();
  admin.use(requireAdminToken(token.reveal(), log));

  answerAdminErrors(admin, log);

  const look = async () => {
    const stats = await outbox.stats();
    return {
      outbox: stats,
      delivery: deliverer.status(stats),
      ...(options.isKeyRefused?.() && { key: 'refused' }),
      refusedOrigins: refusedOrigins.counts(),
      pages: pageReports.totals(),
    };
  };
  admin.get('/stats', async (c) => c.json(await look()));

  addPendingRoutes(admin, outbox, {
    hubId,
    onBury(events) {
      metrics.dead(events, 'buried_by_operator');
      delivered.steps.died(events, { reason: 'buried_by_operator' });
    },
  });
  addDeadLetterRoutes(admin, outbox, {
    hubId,
    onReplay(events) {
      delivered.steps.replayed(events);
      deliverer.wake();
    },
    onForget: delivered.forget,
  });
  addDeliveredRoutes(admin, delivered);
  addStepRoutes(admin, delivered.steps, hubId);

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
