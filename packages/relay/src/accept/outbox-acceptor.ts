import { type EventTraces, noTraces } from '../event-traces.ts';
import type { Logger } from '../log.ts';
import { type Outbox, OutboxFullError } from '../outbox/outbox.ts';
import type { Acceptor, NotNow } from './acceptor.ts';

export interface OutboxAcceptorOptions {
  /** Called after events were stored, so that they leave at once. */
  readonly wake: () => void;
  readonly log: Logger;
  /** @default none are followed to the delivery */
  readonly traces?: EventTraces;
}

/** Room comes as events are delivered or purged, which takes a while; storage that fails may be back at once. */
const FULL: NotNow = { kind: 'not_now', reason: 'outbox_full', retryAfterMs: 30_000 };
const UNAVAILABLE: NotNow = { kind: 'not_now', reason: 'outbox_unavailable', retryAfterMs: 5000 };

/** Events that wait in memory for a disk that does not keep up. About a second's worth, and at 1 KB each 20 MB. */
const MAX_BEING_STORED = 20_000;

/** Stores events durably before it answers. Whatever goes wrong, the sender keeps the events and is told to come back. */
export function outboxAcceptor(outbox: Outbox, options: OutboxAcceptorOptions): Acceptor {
  const { wake, log, traces = noTraces } = options;
  let beingStored = 0;
  return {
    async accept(events) {
      if (beingStored + events.length > MAX_BEING_STORED) {
        log.error({ events: events.length, beingStored }, 'the storage does not keep up');
        return UNAVAILABLE;
      }
      beingStored += events.length;
      traces.remember(events);
      try {
        await outbox.enqueue(events);
      } catch (error) {
        log.error({ err: error, events: events.length }, 'cannot store events');
        return error instanceof OutboxFullError ? FULL : UNAVAILABLE;
      } finally {
        beingStored -= events.length;
      }
      wake();
      return { kind: 'stored' };
    },
  };
}
