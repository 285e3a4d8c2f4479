import type { Acceptance, Acceptor } from '../accept/acceptor.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Logger } from '../log.ts';

/** What an acceptor throws is a fault of ours, never of the events: the sender must keep them. */
export async function acceptSafely(
  events: readonly HubSpotEvent[],
  { acceptor, log }: { readonly acceptor: Acceptor; readonly log: Logger },
): Promise<Acceptance> {
  try {
    return await acceptor.accept(events);
  } catch (error) {
    log.error({ err: error }, 'the acceptor failed');
    return { kind: 'not_now', reason: 'outbox_unavailable', retryAfterMs: 5_000 };
  }
}
