import type { Issue, Rejection } from '@hubrelay/protocol';
import type { Acceptance, NotNow, RefusedEvent } from '../accept/acceptor.ts';
import { type EventKey, eventKey } from '../hubspot/event.ts';
import { later, type Reply } from './reply.ts';

/** What is known of a batch when its events have been handed over. */
export interface HandedOver {
  /** How many events were handed over. */
  readonly events: number;
  readonly rejected: readonly Rejection[];
  /** Where each of them stood in the request. */
  readonly positionOf: ReadonlyMap<EventKey, number>;
  readonly notes: readonly Issue[];
}

/** What the page is told of what the acceptor has said. */
export function replyOf(acceptance: Acceptance, handedOver: HandedOver): Reply {
  if (acceptance.kind === 'not_now') return notNow(acceptance);
  const { events, notes, positionOf } = handedOver;
  const refused = acceptance.kind === 'sent' ? acceptance.refused : [];
  const rejected = [
    ...handedOver.rejected,
    ...refused.map((event) => rejectionOf(event, positionOf)),
  ];
  if (rejected.length === 0) return { kind: acceptance.kind, notes };
  return { kind: 'partly', accepted: events - refused.length, rejected, notes };
}

function notNow({ reason, retryAfterMs }: NotNow): Reply {
  return later(reason === 'hubspot_unavailable' ? reason : 'overloaded', retryAfterMs);
}

function rejectionOf(
  { event, error }: RefusedEvent,
  positionOf: HandedOver['positionOf'],
): Rejection {
  return {
    uuid: event.uuid,
    index: positionOf.get(eventKey(event)) ?? -1,
    code: 'refused_by_hubspot',
    message: error.message ?? `HubSpot answered ${error.status ?? 'without a reason'}`,
  };
}
