import type { Rejection, RejectionCode, WireBatch, WireEvent } from '@hubrelay/protocol';
import type { Challenged } from '../challenge/ask-challenge.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { DroppedProperty, Policy, Sender } from '../policy/policy.ts';
import { campaignOf } from './campaign.ts';
import { occurredAt } from './occurred-at.ts';
import type { Subject } from './subject.ts';

/** All that the decision about a batch depends on. */
export interface Case {
  readonly batch: WireBatch;
  readonly positions: ReadonlyMap<string, number>;
  readonly subject: Subject;
  readonly sender: Sender;
  readonly challenged: Challenged;
  readonly policy: Policy;
  readonly receivedAtMs: number;
}

/** What became of the events of a batch. */
export interface Decisions {
  readonly events: readonly HubSpotEvent[];
  readonly rejected: readonly Rejection[];
  /** Properties left out of the events that go on. */
  readonly dropped: readonly DroppedProperty[];
}

/** Turns each event into HubSpot's form, or into a rejection that says why it can never become one. */
export function decide(of: Case): Decisions {
  const events: HubSpotEvent[] = [];
  const rejected: Rejection[] = [];
  const dropped: DroppedProperty[] = [];

  const seen = new Set<string>();
  for (const event of of.batch.events) {
    const { uuid } = event;
    // What HubSpot does with the same uuid twice in one batch is not documented.
    if (seen.has(uuid)) continue;
    seen.add(uuid);

    const decision = decideOne(event, of);
    if ('code' in decision) {
      rejected.push({ uuid, index: of.positions.get(uuid) ?? 0, ...decision });
    } else {
      events.push(decision.event);
      dropped.push(...decision.dropped);
    }
  }
  return { events, rejected, dropped };
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
