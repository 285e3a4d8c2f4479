import type { Acceptance, Acceptor } from '../accept/acceptor.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Logger } from '../observe/log.ts';
import type { SenderKind } from '../outbox/event-key.ts';
import type { Tally } from './tally.ts';

export interface AcceptTools {
  readonly acceptor: Acceptor;
  readonly log: Logger;
  readonly tally: Tally;
}

/** What an acceptor throws is a fault of ours, never of the events: the sender must keep them. */
export async function acceptSafely(
  events: readonly HubSpotEvent[],
  sender: SenderKind,
  { acceptor, log, tally }: AcceptTools,
): Promise<Acceptance> {
  try {
    const acceptance = await acceptor.accept(events, sender);
    count(acceptance, events.length, tally);
    return acceptance;
  } catch (error) {
    log.error({ err: error }, 'the acceptor failed');
    tally('event_rejected', 'outbox_unavailable', events.length);
    return { kind: 'not_now', reason: 'outbox_unavailable', retryAfterMs: 5_000 };
  }
}

function count(acceptance: Acceptance, handedOver: number, tally: Tally): void {
  if (acceptance.kind === 'not_now') {
    tally('event_rejected', acceptance.reason, handedOver);
    return;
  }
  const refused = acceptance.kind === 'sent' ? acceptance.refused.length : 0;
  tally('event_accepted', acceptance.kind, handedOver - refused);
  if (refused > 0) tally('event_rejected', 'refused_by_hubspot', refused);
}
