import type { Rejection, RejectionCode, WireBatch, WireEvent } from '@hubrelay/protocol';
import type { Challenged } from '../challenge/ask-challenge.ts';
import { type EventKey, eventKey, type HubSpotEvent } from '../hubspot/event.ts';
import type { Subject } from '../identity/subject.ts';
import type { DroppedProperty, Policy, Sender } from '../policy/policy.ts';
import { campaignOf } from './campaign.ts';
import { occurredAt } from './occurred-at.ts';

/** All that the decision about a batch depends on. */
export interface Case {
  readonly batch: WireBatch;
  /** Where each event of the batch stood in the request. */
  readonly positions: readonly number[];
  readonly subject: Subject;
  readonly sender: Sender;
  readonly challenged: Challenged;
  readonly policy: Policy;
  readonly receivedAtMs: number;
}

/** What became of the events of a batch. */
export interface Decisions {
  readonly events: readonly HubSpotEvent[];
  /** Where each of the events stood in the request. */
  readonly positionOf: ReadonlyMap<EventKey, number>;
  readonly rejected: readonly Rejection[];
  /** Properties left out of the events that go on. */
  readonly dropped: readonly DroppedProperty[];
}

/** Turns each event into HubSpot's form, or into a rejection that says why it can never become one. */
export function decide(of: Case): Decisions {
  const events: HubSpotEvent[] = [];
  const positionOf = new Map<EventKey, number>();
  const rejected: Rejection[] = [];
  const dropped: DroppedProperty[] = [];

  for (const [at, event] of of.batch.events.entries()) {
    const index = of.positions[at] ?? -1;
    const decision = decideOne(event, of);
    if ('code' in decision) {
      rejected.push({ uuid: event.uuid, index, ...decision });
      continue;
    }
    const key = eventKey(decision.event);
    // What HubSpot does with the same event twice in one batch is not documented.
    if (positionOf.has(key)) continue;
    positionOf.set(key, index);
    events.push(decision.event);
    dropped.push(...decision.dropped);
  }
  return { events, positionOf, rejected, dropped };
}

type Decision =
  | { readonly event: HubSpotEvent; readonly dropped: readonly DroppedProperty[] }
  | { readonly code: RejectionCode; readonly message: string };

function decideOne(event: WireEvent, of: Case): Decision {
  // Before the policy: what the policy refuses may be kept, and replayed by an owner who trusts that a person sent it.
  if (of.challenged.verdict === 'failed' && of.challenged.concerns(event.eventName)) {
    return { code: 'challenge_failed', message: CHALLENGE_FAILED };
  }
  const facts = { ...of.sender.facts, ...campaignOf(event) };
  const decision = of.policy.apply(event, { ...of.sender, facts });
  if (!decision.ok) return { code: decision.code, message: decision.message };

  if (Object.keys(of.subject).length === 0) {
    return { code: 'missing_visitor', message: MISSING_VISITOR };
  }
  const { eventName, properties, dropped } = decision;
  const occurred = occurredAt(event, of.batch, of.receivedAtMs);
  return {
    event: { uuid: event.uuid, eventName, properties, occurredAt: occurred, ...of.subject },
    dropped,
  };
}

const MISSING_VISITOR =
  'HubSpot needs to know whose event it is, and there is no hubspotutk cookie: is HubSpot’s tracking code on the page, and was consent given?';

const CHALLENGE_FAILED =
  'This event needs a fresh answer of the Turnstile or hCaptcha widget in "challenge"';
