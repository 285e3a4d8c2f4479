import { describeAnswer } from './describe-answer.ts';
import type { Arrival, Attempt, TrackedEvent } from './tracked-event.ts';

/** One line of an event's story, with the place where it was observed. */
export interface Step {
  readonly at: number;
  readonly place: 'page' | 'relay' | 'hubspot';
  readonly title: string;
  readonly detail?: string;
  readonly tone: 'plain' | 'good' | 'bad';
  readonly durationMs?: number;
}

/** An event's story, in the order of time. */
export function stepsOf({ eventName, occurredAt, kept, arrivals, attempts }: TrackedEvent): Step[] {
  const tracked: Step = {
    at: occurredAt,
    place: 'page',
    title: `track('${eventName}')`,
    tone: 'plain',
  };
  const waits: Step[] = kept
    ? [{ at: kept.at, place: 'page', title: WAITS_FOR[kept.waitsFor], tone: 'plain' }]
    : [];
  const steps = [
    tracked,
    ...waits,
    ...arrivals.flatMap(arrivalSteps),
    ...attempts.map(attemptStep),
  ];
  return steps.sort((a, b) => a.at - b.at);
}

const WAITS_FOR = {
  visitor: 'Kept in the browser: there is no hubspotutk cookie yet',
  relay: 'Kept in the browser until the relay takes it',
} as const;

function arrivalSteps(arrival: Arrival, index: number): Step[] {
  const title = index === 0 ? 'Reached the relay' : 'Sent again by the page, same uuid';
  const reached: Step = { at: arrival.at, place: 'relay', title, tone: 'plain' };
  return arrival.answeredAt === undefined ? [reached] : [reached, answerStep(arrival)];
}

function answerStep({ at, answeredAt = at, status = 0, retryAfter, rejected }: Arrival): Step {
  const good = status < 300 && !rejected;
  return {
    at: answeredAt,
    place: 'relay',
    title: `Relay answered the page: ${status} ${rejected?.code ?? MEANING[status] ?? ''}`.trim(),
    ...(rejected && { detail: rejected.message }),
    ...(retryAfter !== undefined && { detail: `Send it again after ${retryAfter} s` }),
    tone: good ? 'good' : 'bad',
    durationMs: answeredAt - at,
  };
}

const MEANING: Readonly<Record<number, string>> = {
  200: 'accepted',
  202: 'on durable storage',
  204: 'HubSpot has it',
  429: 'too many requests',
  503: 'not now',
};

function attemptStep(attempt: Attempt, index: number): Step {
  const { at, endedAt, answer, batchSize } = attempt;
  const title = `Try ${index + 1}${batchSize > 1 ? ` in a batch of ${batchSize}` : ''}`;
  if (!answer || endedAt === undefined) return { at, place: 'hubspot', title, tone: 'plain' };
  const { good, long, message } = describeAnswer(answer);
  const detail = attemptDetail(attempt) ?? message;
  return {
    at,
    place: 'hubspot',
    title: `${title}: ${long}`,
    ...(detail !== undefined && { detail }),
    tone: good ? 'good' : 'bad',
    durationMs: endedAt - at,
  };
}

/** What only the other side knows: the relay never learns that a lost reply was a yes. */
function attemptDetail({ answer, taken, seen }: Attempt): string | undefined {
  if (answer?.kind === 'failure' && taken === 'applied')
    return 'HubSpot took it; its reply was lost';
  if (taken === 'duplicate') return 'HubSpot knows this uuid: not counted twice';
  return seen?.notes[0];
}
