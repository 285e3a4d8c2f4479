import { type Clock, systemClock, within } from '../core/clock.ts';
import { noSteps, type StepLog } from '../delivery/steps.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Logger } from '../observe/log.ts';
import type { SenderKind } from '../outbox/event-key.ts';
import { type EventTraces, noTraces } from '../outbox/event-traces.ts';
import { type Outbox, OutboxFullError } from '../outbox/outbox.ts';
import type { Acceptance, Acceptor, NotNow } from './acceptor.ts';

export interface OutboxAcceptorOptions {
  /** Called after events were stored, so that they leave at once. */
  readonly wake: () => void;
  readonly log: Logger;
  /** @default none are followed to the delivery */
  readonly traces?: EventTraces;
  /** @default nothing is remembered */
  readonly steps?: StepLog;
  /** @default the runtime's */
  readonly clock?: Clock;
}

/** Room comes as events are delivered or purged, which takes a while; storage that fails may be back at once. */
const FULL: NotNow = { kind: 'not_now', reason: 'outbox_full', retryAfterMs: 30_000 };
const UNAVAILABLE: NotNow = { kind: 'not_now', reason: 'outbox_unavailable', retryAfterMs: 5000 };

/** Events that wait in memory for a disk that does not keep up. About a second's worth, and at 1 KB each 20 MB. */
const MAX_BEING_STORED = 20_000;

/** A page waits 30 seconds for its answer, and a proxy before the relay often less. */
const STORE_TIMEOUT_MS = 10_000;

/** Stores events durably before it answers. Whatever goes wrong, the sender keeps the events and is told to come back. */
export function outboxAcceptor(outbox: Outbox, options: OutboxAcceptorOptions): Acceptor {
  const { wake, log, traces = noTraces, steps = noSteps, clock = systemClock } = options;
  let beingStored = 0;

  async function store(
    events: readonly HubSpotEvent[],
    sender: SenderKind | undefined,
  ): Promise<Acceptance> {
    try {
      const { stored } = await outbox.enqueue(events, sender);
      steps.accepted(events, stored === 0);
    } catch (error) {
      log.error({ err: error, events: events.length }, 'cannot store events');
      return error instanceof OutboxFullError ? FULL : UNAVAILABLE;
    } finally {
      beingStored -= events.length;
    }
    wake();
    return { kind: 'stored' };
  }

  return {
    async accept(events, sender) {
      if (beingStored + events.length > MAX_BEING_STORED) {
        log.error({ events: events.length, beingStored }, 'the storage does not keep up');
        return UNAVAILABLE;
      }
      beingStored += events.length;
      traces.remember(events);
      let answer: Acceptance | undefined;
      const storing = store(events, sender).then((acceptance) => {
        answer = acceptance;
      });
      await within(STORE_TIMEOUT_MS, clock, storing);
      // What is stored after all is known when the sender comes back with it.
      if (!answer) log.error({ events: events.length }, 'the storage does not answer in time');
      return answer ?? UNAVAILABLE;
    },
  };
}
