import type { Rejection, WireBatch } from '@hubrelay/protocol';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { DroppedProperty, Policy, Sender } from '../policy/policy.ts';
import { occurredAt } from './occurred-at.ts';
import type { Subject } from './subject.ts';

/** What became of the events of a batch. */
export interface Decisions {
  readonly events: readonly HubSpotEvent[];
  readonly rejected: readonly Rejection[];
  /** Properties left out of the events that go on. */
  readonly dropped: readonly DroppedProperty[];
}

/** Turns each event into HubSpot's form, or into a rejection that says why it can never become one. */
export function decide(
  batch: WireBatch,
  subject: Subject,
  sender: Sender,
  policy: Policy,
  receivedAtMs: number,
): Decisions {
  const events: HubSpotEvent[] = [];
  const rejected: Rejection[] = [];
  const dropped: DroppedProperty[] = [];
  const isKnownSubject = Object.keys(subject).length > 0;

  const seen = new Set<string>();
  for (const [index, event] of batch.events.entries()) {
    const { uuid } = event;
    // What HubSpot does with the same uuid twice in one batch is not documented.
    if (seen.has(uuid)) continue;
    seen.add(uuid);

    const decision = policy.apply(event, sender);
    if (!decision.ok) {
      rejected.push({ uuid, index, code: decision.code, message: decision.message });
    } else if (!isKnownSubject && !decision.matchedByProperty) {
      rejected.push({ uuid, index, code: 'missing_visitor', message: MISSING_VISITOR });
    } else {
      dropped.push(...decision.dropped);
      events.push({
        uuid,
        eventName: decision.eventName,
        properties: decision.properties,
        occurredAt: occurredAt(event, batch, receivedAtMs),
        ...subject,
      });
    }
  }
  return { events, rejected, dropped };
}

const MISSING_VISITOR =
  'HubSpot needs to know whose event it is, and there is no hubspotutk cookie: is HubSpot’s tracking code on the page, and was consent given?';
