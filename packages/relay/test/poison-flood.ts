import { describe, expect, test } from 'vitest';
import { outboxAcceptor } from '../src/accept/outbox-acceptor.ts';
import { createRelay } from '../src/create-relay.ts';
import { createDeliverer } from '../src/delivery/deliverer.ts';
import { silentLogger } from '../src/observe/log.ts';
import type { OpenOutbox } from './outbox-contract.ts';
import { seeded, upstream } from './support/attacked.ts';
import { awaited, createVirtualClock } from './support/virtual-clock.ts';

const SHOP = 'https://shop.example';
const UTK = '0123456789abcdef0123456789abcdef';
const EVENTS = 20;

/** Dead letters are no reason to refuse an event, however many there are. */
export function testPoisonFlood(name: string, open: OpenOutbox): void {
  describe(name, () => {
    test('30 requests of poison with a small limit never make the post of a visitor 503', async () => {
      const clock = createVirtualClock();
      const limits = { maxEvents: 200, maxDead: 80 };
      const outbox = awaited(await open({ ...limits, clock: clock.now }), clock);
      const arrived = new Set<string>();
      const client = upstream(clock, (jsons) => {
        const events = jsons.map((json) => JSON.parse(json));
        if (events.some(({ eventName }) => eventName === 'pe1234567_poison'))
          return { kind: 'response', status: 400, error: { message: 'no such event' } };
        for (const { uuid } of events) arrived.add(uuid);
        return { kind: 'response', status: 204 };
      });
      const tools = { outbox, client, clock, random: seeded(1), log: silentLogger, pollMs: 1000 };
      const deliverer = createDeliverer(tools);
      deliverer.start();
      const { wake } = deliverer;
      const relay = createRelay({
        allowedOrigins: [SHOP],
        hubId: '1234567',
        clock,
        acceptor: outboxAcceptor(outbox, { wake, log: silentLogger, clock }),
      });

      let count = 0;
      async function post(eventName: string, size: number): Promise<number> {
        const events = Array.from({ length: size }, () => ({
          uuid: `00000000-0000-4000-8000-${String(count++).padStart(12, '0')}`,
          eventName,
          properties: {},
          occurredAt: clock.now(),
        }));
        const headers = { origin: SHOP, 'content-type': 'text/plain;charset=UTF-8' };
        const body = JSON.stringify({ sentAt: clock.now(), utk: UTK, events });
        const answer = relay.request('/v1/events', { method: 'POST', headers, body });
        return (await answer).status;
      }

      for (let request = 0; request < 30; request++) {
        expect(await post('poison', EVENTS)).toBe(202);
        expect(await post('signup', 1)).toBe(202);
        await clock.runUntil(async () => (await outbox.stats()).pending === 0);
      }
      expect(arrived.size).toBe(30);
      const stats = await outbox.stats();
      const dead = 0.75 * limits.maxDead;
      const dropped = { refused_by_hubspot: 30 * EVENTS - dead, expired: 0 };
      expect(stats).toMatchObject({ accepted: 30 * EVENTS + 30, delivered: 30, dead, dropped });
      expect(stats.removed).toBe(dropped.refused_by_hubspot);
      void deliverer.stop({ drainMs: 0 });
      await clock.advance(10_000);
      await outbox.close();
    });
  });
}
