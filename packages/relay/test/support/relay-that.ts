import type { WireEvent } from '@hubrelay/protocol';
import { expect, onTestFinished } from 'vitest';
import type { Acceptance } from '../../src/accept/acceptor.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createRelay } from '../../src/create-relay.ts';
import type { HubSpotEvent } from '../../src/hubspot/event.ts';
import type { RelayOptions } from '../../src/receive/relay-options.ts';

export const NOW = 1_764_000_000_000;
export const SHOP = 'https://shop.example';
export const UTK = '0123456789abcdef0123456789abcdef';
export const uuids = ['a', 'b', 'c'].map(
  (digit) => `${digit}f0e1d2c-5b6a-4798-8abc-0123456789ab`,
) as [string, string, string];

/** The clock of {@link relayThat}. A test that leaves a timer behind fails: a relay would pile them up. */
function clockWithoutLeaks(): Clock {
  const pending = new Set<() => void>();
  onTestFinished(() => expect(pending.size, 'timers left behind').toBe(0));
  return {
    now: () => NOW,
    monotonic: () => systemClock.monotonic(),
    schedule(run, delayMs) {
      const done = () => {
        callOff();
        pending.delete(done);
      };
      const callOff = systemClock.schedule(() => {
        done();
        run();
      }, delayMs);
      pending.add(done);
      return done;
    },
  };
}

/** A relay in this process whose acceptor answers as told and remembers what it was handed. */
export function relayThat(
  acceptance: Acceptance | Error = { kind: 'stored' },
  options: Partial<RelayOptions> = {},
) {
  const accepted: HubSpotEvent[] = [];
  const app = createRelay({
    allowedOrigins: [SHOP, 'https://*.shop.example'],
    hubId: '1234567',
    clock: clockWithoutLeaks(),
    acceptor: {
      async accept(events) {
        if (acceptance instanceof Error) throw acceptance;
        accepted.push(...events);
        return acceptance;
      },
    },
    ...options,
  });
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    app.request('/v1/events', {
      method: 'POST',
      headers: { origin: SHOP, 'content-type': 'text/plain;charset=UTF-8', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { app, accepted, post };
}

export const event = (fields: Partial<WireEvent> = {}): WireEvent => ({
  uuid: uuids[0],
  eventName: 'signup',
  properties: { plan: 'pro' },
  occurredAt: NOW - 1_000,
  ...fields,
});
export const batch = (...events: unknown[]) => ({ sentAt: NOW, utk: UTK, events });
