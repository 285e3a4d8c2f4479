import type { Acceptor } from '../../accept/acceptor.ts';
import type { HubSpotEvent } from '../../hubspot/event.ts';
import type { Logger } from '../../observe/log.ts';
import type { QueueProducer } from './bindings.ts';
import { fitsMessage, type MessageBody, sendAll } from './queue-message.ts';

export interface QueueAcceptorOptions {
  /** Takes the few events that are too large for a message. */
  readonly oversized: Acceptor;
  readonly log: Logger;
}

const RETRY_AFTER_MS = 5000;

/**
 * Puts events on a Cloudflare Queue, which has them on disk when `sendBatch` resolves. When it fails some may be there:
 * the sender's resend brings them again with the same uuids.
 */
export function queueAcceptor(
  queue: QueueProducer,
  { oversized, log }: QueueAcceptorOptions,
): Acceptor {
  return {
    async accept(events, sender) {
      const small = events.filter((event) => fitsMessage(toBody(event)));
      const large = events.filter((event) => !small.includes(event));
      try {
        await sendAll(queue, small.map(toBody));
      } catch (error) {
        log.error({ err: error, events: events.length }, 'cannot queue events');
        return { kind: 'not_now', reason: 'outbox_unavailable', retryAfterMs: RETRY_AFTER_MS };
      }
      return large.length === 0 ? { kind: 'stored' } : oversized.accept(large, sender);
    },
  };
}

const toBody = (event: HubSpotEvent): MessageBody => ({ kind: 'event', event });
