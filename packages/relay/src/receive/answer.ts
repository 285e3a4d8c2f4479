import type { Rejection } from '@hubrelay/protocol';
import type { Acceptance, NotNow, RefusedEvent } from '../accept/acceptor.ts';
import { tryLater } from '../http/problem.ts';
import { type EventKey, eventKey } from '../hubspot/event.ts';
import { scrubbedJson } from '../observe/scrub.ts';

/** What a sender is told after its events were decided about. */
export interface Decided {
  /** How many events were handed over. */
  readonly handedOver: number;
  readonly rejected: readonly Rejection[];
  /** Where each of them stood in the request. */
  readonly positionOf: ReadonlyMap<EventKey, number>;
}

/** What became of the events, in the terms of the wire. */
export function answer(
  acceptance: Acceptance,
  { handedOver, rejected, positionOf }: Decided,
  headers: Record<string, string>,
): Response {
  switch (acceptance.kind) {
    case 'stored':
      if (rejected.length > 0) return answerRejected(handedOver, rejected, headers);
      return new Response(null, { status: 202, headers });
    case 'sent': {
      const refused = acceptance.refused.map((event) => rejectionOf(event, positionOf));
      if (refused.length + rejected.length === 0) {
        return new Response(null, { status: 204, headers });
      }
      return answerRejected(handedOver - refused.length, [...rejected, ...refused], headers);
    }
    case 'not_now':
      return answerNotNow(acceptance, headers);
  }
}

export function answerRejected(
  accepted: number,
  rejected: readonly Rejection[],
  headers: Record<string, string>,
): Response {
  const body = scrubbedJson({ accepted, rejected });
  return new Response(body, { headers: { ...headers, 'content-type': 'application/json' } });
}

function answerNotNow({ reason, retryAfterMs }: NotNow, headers: Record<string, string>): Response {
  const code = reason === 'hubspot_unavailable' ? reason : 'overloaded';
  return tryLater(code, 'Send the same events again later.', retryAfterMs, headers);
}

function rejectionOf({ event, error }: RefusedEvent, positionOf: Decided['positionOf']): Rejection {
  return {
    uuid: event.uuid,
    index: positionOf.get(eventKey(event)) ?? -1,
    code: 'refused_by_hubspot',
    message: error.message ?? `HubSpot answered ${error.status ?? 'without a reason'}`,
  };
}
