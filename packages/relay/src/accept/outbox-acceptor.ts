import type { Logger } from '../log.ts';
import { type Outbox, OutboxFullError } from '../outbox/outbox.ts';
import type { Acceptor } from './acceptor.ts';

export interface OutboxAcceptorOptions {
  /** Called after events were stored, so that they leave at once. */
  readonly wake: () => void;
  readonly log: Logger;
}

/** Room comes as events are delivered or purged, which takes a while; storage that fails may be back at once. */
const FULL_RETRY_AFTER_MS = 30_000;
const UNAVAILABLE_RETRY_AFTER_MS = 5000;

/** Stores events durably before it answers. Whatever goes wrong, the sender keeps the events and is told to come back. */
export function outboxAcceptor(outbox: Outbox, { wake, log }: OutboxAcceptorOptions): Acceptor {
  return {
    async accept(events) {
      try {
        await outbox.enqueue(events);
      } catch (error) {
        log.error({ err: error, events: events.length }, 'cannot store events');
        return error instanceof OutboxFullError
          ? { kind: 'not_now', reason: 'outbox_full', retryAfterMs: FULL_RETRY_AFTER_MS }
          : {
              kind: 'not_now',
              reason: 'outbox_unavailable',
              retryAfterMs: UNAVAILABLE_RETRY_AFTER_MS,
            };
      }
      wake();
      return { kind: 'stored' };
    },
  };
}
