import { steadyClock, systemClock } from '../core/clock.ts';
import { isDelivering, withoutWords } from '../delivery/lane-readiness.ts';
import { logCall } from '../delivery/log-call.ts';
import { createMetrics } from '../delivery/metrics.ts';
import type { Readiness } from '../http/readiness.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { Logger } from '../observe/log.ts';
import type { Acceptor } from './acceptor.ts';
import { type DirectOptions, directAcceptor } from './direct.ts';

/** A relay that was taken out of service gets no events, and must be able to come back. */
const FORGOTTEN_AFTER_MS = 300_000;

/**
 * What a host without storage gives to `createRelay`: it logs and counts each call to HubSpot, and tells by the last ones (on
 * Workers: of this isolate) whether an owner has to act.
 */
export function deliverDirectly(
  client: HubSpotClient,
  log: Logger,
  times: Pick<DirectOptions, 'clock' | 'random'> = {},
): { readonly acceptor: Acceptor; readonly readiness: () => Promise<Readiness> } {
  const { now } = steadyClock(times.clock ?? systemClock);
  const logged = logCall(log);
  const { called } = createMetrics();
  let lastPostAt = Number.NEGATIVE_INFINITY;
  const direct = directAcceptor(client, {
    ...times,
    onCall(report) {
      logged(report);
      called(report);
    },
  });
  const acceptor: Acceptor = {
    accept(events, sender) {
      lastPostAt = now();
      return direct.accept(events, sender);
    },
  };
  return {
    acceptor,
    async readiness() {
      const lane = direct.status();
      const isRecent = Math.abs(now() - lastPostAt) < FORGOTTEN_AFTER_MS;
      const details = { lane: withoutWords(lane), hubspot: client.address.status() };
      return { ready: isDelivering(lane, now()) || !isRecent, details };
    },
  };
}
