import type { Hono } from 'hono';
import * as v from 'valibot';
import type { DeliveredSample } from '../delivery/delivered-sample.ts';
import { problem } from '../http/problem.ts';
import { ALLOWED, limit, sentence, time, uuidsOf } from './conditions.ts';

const query = v.strictObject({ after: v.optional(time), limit: v.optional(limit, '100') });
const words = { allowed: ALLOWED, which: 'Give after or limit, or nothing.' };

/** A sample of what HubSpot acknowledged, for `hubrelay verify`: the outbox keeps no delivered events. */
export function addDeliveredRoutes(admin: Hono, delivered: DeliveredSample): void {
  admin.get('/delivered', (c) => {
    const parsed = v.safeParse(query, c.req.query());
    if (!parsed.success) {
      return problem('invalid_order', sentence(parsed.issues, query.entries, words));
    }
    const { after = 0, limit } = parsed.output;
    return c.json(delivered.draw({ after, limit }));
  });
  admin.get('/delivered/:uuid', (c) => {
    const found = uuidsOf(c.req.param('uuid')).flatMap((one) => delivered.find(one) ?? []);
    return found[0]
      ? c.json(found[0])
      : problem('not_found', 'The relay remembers no delivered event with this uuid.');
  });
}

/** Where no process outlives a delivery, nothing remembers what was delivered. */
export function refuseDeliveredRoutes(admin: Hono, detail: string): void {
  const refuse = () => problem('not_found', detail);
  admin.all('/delivered', refuse);
  admin.all('/delivered/*', refuse);
}
