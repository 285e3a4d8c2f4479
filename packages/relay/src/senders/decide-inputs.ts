import { type EventKey, eventKey, type HubSpotEvent } from '../hubspot/event.ts';
import type { DroppedProperty, Policy, Sender } from '../policy/policy.ts';
import type { HubSpotErrorDetail } from './hubspot-error.ts';
import type { SendInput } from './parse-send-body.ts';
import type { RelayKey } from './relay-key.ts';

/** All that the decision about a call depends on. */
export interface SendCase {
  readonly inputs: readonly SendInput[];
  readonly isBatch: boolean;
  readonly key: RelayKey;
  readonly policy: Policy;
  readonly receivedAtMs: number;
  readonly mintUuid: () => string;
}

export interface SendDecisions {
  readonly events: readonly HubSpotEvent[];
  readonly dropped: readonly DroppedProperty[];
  readonly errors: readonly HubSpotErrorDetail[];
  /** Events that the key may not send; named like errors. */
  readonly forbidden: readonly HubSpotErrorDetail[];
}

const SERVER: Sender = { kind: 'server', facts: {} };

/** Turns each input into HubSpot's form, or says why it cannot become one. */
export function decideInputs(of: SendCase): SendDecisions {
  const events = new Map<EventKey, HubSpotEvent>();
  const dropped: DroppedProperty[] = [];
  const errors: HubSpotErrorDetail[] = [];
  const forbidden: HubSpotErrorDetail[] = [];

  for (const [index, input] of of.inputs.entries()) {
    const at = of.isBatch ? `inputs[${index}]` : 'eventName';
    const decision = of.policy.apply(input, SERVER);
    if (!maySend(of.key, input.eventName)) {
      forbidden.push({ in: at, message: `the key "${of.key.name}" may not send this event` });
    } else if (!decision.ok) {
      errors.push({ in: at, code: decision.code.toUpperCase(), message: decision.message });
    } else if (isNobodys(input) && !decision.matchedByProperty) {
      errors.push({ in: at, code: 'MISSING_IDENTIFIER', message: MISSING_IDENTIFIER });
    } else {
      const { uuid = of.mintUuid() } = input;
      const { occurredAt = new Date(of.receivedAtMs).toISOString() } = input;
      const { eventName, properties } = decision;
      const event = { uuid, eventName, properties, occurredAt, ...input.subject };
      const key = eventKey(event);
      // Of several with the same uuid and name HubSpot takes the first.
      if (!events.has(key)) events.set(key, event);
      dropped.push(...decision.dropped);
    }
  }
  return { events: [...events.values()], dropped, errors, forbidden };
}

function maySend({ events }: RelayKey, eventName: string): boolean {
  return events === undefined || events.includes(eventName.replace(/^pe\d+_/, ''));
}

function isNobodys({ subject }: SendInput): boolean {
  return Object.keys(subject).length === 0;
}

const MISSING_IDENTIFIER = 'HubSpot needs to know whose event it is: set objectId, email or utk';
