import type { RejectionCode } from '@hubrelay/protocol';
import { type EventKey, eventKey, type HubSpotEvent } from '../hubspot/event.ts';
import type { RelayKey } from '../identity/relay-key.ts';
import type { DroppedProperty, Policy, Sender } from '../policy/policy.ts';
import { noteOf } from '../receive/note-headers.ts';
import type { HubSpotErrorDetail } from './hubspot-error.ts';
import type { SendInput } from './parse-send-body.ts';

/** All that the decision about a call depends on. */
export interface SendCase {
  readonly inputs: readonly SendInput[];
  readonly isBatch: boolean;
  readonly key: RelayKey;
  readonly policy: Policy;
  readonly receivedAtMs: number;
  readonly mintUuid: () => string;
}

/** One that the relay counts by its reason. */
export interface DecidedError extends HubSpotErrorDetail {
  readonly reason: RejectionCode | 'missing_identifier';
}

export interface SendDecisions {
  readonly events: readonly HubSpotEvent[];
  readonly dropped: readonly DroppedProperty[];
  /** What was changed or left out, where the sender will find it. */
  readonly notes: readonly HubSpotErrorDetail[];
  readonly errors: readonly DecidedError[];
  /** Events that the key may not send; named like errors. */
  readonly forbidden: readonly HubSpotErrorDetail[];
}

const SERVER: Sender = { kind: 'server', facts: {} };

/** Turns each input into HubSpot's form, or says why it cannot become one. */
export function decideInputs(of: SendCase): SendDecisions {
  const events = new Map<EventKey, HubSpotEvent>();
  const dropped: DroppedProperty[] = [];
  const notes: HubSpotErrorDetail[] = [];
  const errors: DecidedError[] = [];
  const forbidden: HubSpotErrorDetail[] = [];

  for (const [index, input] of of.inputs.entries()) {
    const at = of.isBatch ? `inputs[${index}]` : 'eventName';
    const decision = of.policy.apply(input, SERVER);
    if (!maySend(of.key, input.eventName)) {
      forbidden.push({ in: at, message: `the key "${of.key.name}" may not send this event` });
    } else if (!decision.ok) {
      const { code: reason, message } = decision;
      errors.push({ in: at, code: reason.toUpperCase(), message, reason });
    } else if (isNobodys(input) && !decision.matchedByProperty) {
      const reason = 'missing_identifier';
      errors.push({ in: at, code: 'MISSING_IDENTIFIER', message: MISSING_IDENTIFIER, reason });
    } else {
      const { uuid = of.mintUuid() } = input;
      const { occurredAt = new Date(of.receivedAtMs).toISOString() } = input;
      const { eventName, properties } = decision;
      const event = { uuid, eventName, properties, occurredAt, ...input.subject };
      const key = eventKey(event);
      // Of several with the same uuid and name HubSpot takes the first.
      if (!events.has(key)) events.set(key, event);
      dropped.push(...decision.dropped);
      notes.push(
        ...input.notes,
        ...decision.dropped.map((it) => noteFor(it, of.isBatch ? `${at}.` : '')),
      );
    }
  }
  return { events: [...events.values()], dropped, notes, errors, forbidden };
}

function maySend({ events }: RelayKey, eventName: string): boolean {
  return events === undefined || events.includes(eventName.replace(/^pe\d+_/, ''));
}

function noteFor(property: DroppedProperty, at: string): HubSpotErrorDetail {
  const { path, message } = noteOf(property, at);
  return { in: path, message };
}

function isNobodys({ subject }: SendInput): boolean {
  return Object.keys(subject).length === 0;
}

const MISSING_IDENTIFIER = 'HubSpot needs to know whose event it is: set objectId, email or utk';
