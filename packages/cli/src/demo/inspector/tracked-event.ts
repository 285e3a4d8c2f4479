import type { HubSpotAnswer, HubSpotEvent, Outcome } from '@hubrelay/relay';
import type { Observation, PageEvent } from './observation.ts';

/** All that is known about one event, by its uuid. */
export interface TrackedEvent extends PageEvent {
  utk: string | undefined;
  utkFrom: 'cookie' | 'body' | undefined;
  /** What it waits for in the page, before its first request. */
  kept: Omit<Extract<Observation, { kind: 'kept' }>, 'events'> | undefined;
  readonly arrivals: Arrival[];
  readonly attempts: Attempt[];
  /** The relay's last word on a call with this event. */
  outcome: Outcome | undefined;
  /** The event as HubSpot took it. */
  applied: HubSpotEvent | undefined;
}

/** One request of the page that carried the event. */
export interface Arrival {
  readonly request: string;
  readonly at: number;
  answeredAt?: number;
  status?: number;
  retryAfter?: string;
  /** The relay will never take the event. */
  rejected?: { readonly code: string; readonly message: string };
}

/** One call to HubSpot that carried the event. */
export interface Attempt {
  readonly call: string;
  readonly at: number;
  readonly batchSize: number;
  endedAt?: number;
  answer?: HubSpotAnswer;
  seen?: Extract<Observation, { kind: 'seen' }>;
  /** What HubSpot did with the event in this call, whatever the relay came to know of it. */
  taken?: 'applied' | 'duplicate';
}

export function trackedEvent(event: PageEvent): TrackedEvent {
  return {
    ...event,
    utk: undefined,
    utkFrom: undefined,
    kept: undefined,
    arrivals: [],
    attempts: [],
    outcome: undefined,
    applied: undefined,
  };
}

/** Adds what was observed to an event that it concerns. */
export function learn(event: TrackedEvent, seen: Observation): void {
  switch (seen.kind) {
    case 'kept':
      event.kept ??= { kind: 'kept', at: seen.at, waitsFor: seen.waitsFor };
      return;
    case 'arrived':
      event.arrivals.push({ request: seen.request, at: seen.at });
      event.utk = seen.utk;
      event.utkFrom = seen.utkFrom;
      return;
    case 'answered':
      learnAnswer(event, seen);
      return;
    case 'calling':
      // A dead letter that is replayed is not dead.
      event.outcome = undefined;
      event.attempts.push({ call: seen.call, at: seen.at, batchSize: seen.events.length });
      return;
    case 'called': {
      const attempt = event.attempts.find(({ call }) => call === seen.call);
      if (attempt) Object.assign(attempt, { endedAt: seen.at, answer: seen.answer });
      return;
    }
    case 'judged':
      event.outcome = seen.outcome;
      return;
    case 'seen': {
      const attempt = openAttempt(event);
      if (attempt) attempt.seen = seen;
      return;
    }
    case 'applied': {
      if (!seen.duplicate) event.applied = seen.event;
      const attempt = openAttempt(event);
      if (attempt) attempt.taken = seen.duplicate ? 'duplicate' : 'applied';
    }
  }
}

function learnAnswer(
  event: TrackedEvent,
  answer: Extract<Observation, { kind: 'answered' }>,
): void {
  const arrival = event.arrivals.find(({ request }) => request === answer.request);
  if (!arrival) return;
  arrival.answeredAt = answer.at;
  arrival.status = answer.status;
  if (answer.retryAfter !== undefined) arrival.retryAfter = answer.retryAfter;
  const rejected = answer.rejected.find(({ uuid }) => uuid === event.uuid);
  if (rejected) arrival.rejected = rejected;
}

/** The relay sends an event in one call at a time, so what the fake reports belongs to the one that is open. */
function openAttempt(event: TrackedEvent): Attempt | undefined {
  return event.attempts.findLast(({ endedAt }) => endedAt === undefined) ?? event.attempts.at(-1);
}
