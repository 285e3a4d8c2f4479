import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Outcome } from '../hubspot/outcome.ts';
import { scrubText } from '../observe/scrub.ts';
import type { DeadReason } from '../outbox/outbox.ts';
import type { CallReport } from './send-events.ts';

/** `refused`: by HubSpot, for good; the dead letter that it becomes is the next step. Closed. */
export const STEP_OUTCOMES = ['accepted', 'delivered', 'retried', 'refused', 'dead'] as const;

export type StepOutcome = (typeof STEP_OUTCOMES)[number];

/** What happened to one event, at one time. Names no person. */
export interface EventStep extends StepFacts {
  /** Absent where the relay knows only how many events it was. */
  readonly uuid?: string;
  readonly eventName?: string;
}

/** What the events of one step share. */
export interface StepFacts {
  readonly outcome: StepOutcome;
  /** Epoch milliseconds; of a call its end. */
  readonly at: number;
  /** How many events it was about: of a call those that shared it. */
  readonly events: number;
  /** `split`: others of its call are at fault, or it is; the parts go apart. `resend`: the relay had all of these events. */
  readonly cause?: string;
  /** Of the call. */
  readonly durationMs?: number;
  /** HubSpot's words, without addresses and keys. */
  readonly status?: number;
  readonly category?: string;
  readonly message?: string;
  readonly correlationId?: string;
}

/** Where it goes by the answer to its call. */
export const OUTCOME_OF_CALL: Readonly<Record<Outcome['kind'], StepOutcome>> = {
  delivered: 'delivered',
  split: 'retried',
  refused: 'refused',
  retry: 'retried',
  pause: 'retried',
};

/** A call without its events: whose words these are must not depend on how long the words are kept. */
export type CallEnd = Pick<CallReport, 'answer' | 'outcome' | 'durationMs'>;

export function factsOfCall(
  { answer, outcome, durationMs }: CallEnd,
  events: number,
  at: number,
): StepFacts {
  const { kind } = outcome;
  const cause = kind === 'split' ? 'split' : 'cause' in outcome ? outcome.cause : undefined;
  const said = answer.kind === 'response' ? answer : undefined;
  const words = 'error' in outcome ? outcome.error : { ...said?.error };
  const correlationId = said?.correlationId;
  return {
    outcome: OUTCOME_OF_CALL[kind],
    at,
    events,
    durationMs,
    ...(cause !== undefined && { cause }),
    ...(said !== undefined && { status: said.status }),
    ...(words.category !== undefined && { category: scrubText(words.category) }),
    ...(words.message !== undefined && { message: scrubText(words.message) }),
    ...(correlationId !== undefined && { correlationId: scrubText(correlationId) }),
  };
}

/** How events became dead letters, or were deleted because those are full. */
export interface Death {
  readonly reason: DeadReason;
  readonly message?: string;
}

export function factsOfDeath({ reason, message }: Death, events: number, at: number): StepFacts {
  return {
    outcome: 'dead',
    at,
    events,
    cause: reason,
    ...(message !== undefined && { message: scrubText(message) }),
  };
}

/** As much of an event as an erasure has to find. */
export type EventMark = Pick<HubSpotEvent, 'uuid' | 'eventName' | 'utk' | 'email' | 'objectId'>;

export function markOf({ uuid, eventName, utk, email, objectId }: HubSpotEvent): EventMark {
  return {
    uuid,
    eventName,
    ...(utk !== undefined && { utk }),
    ...(email !== undefined && { email }),
    ...(objectId !== undefined && { objectId }),
  };
}
