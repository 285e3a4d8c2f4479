import type { HubSpotEvent } from '@hubrelay/relay';
import { describeAnswer } from './describe-answer.ts';
import { type Step, stepsOf } from './steps.ts';
import type { Arrival, Attempt, TrackedEvent } from './tracked-event.ts';

/**
 * Where an event stands. `waiting`: a try failed and another will follow; `dead`: it can never be delivered.
 */
export type State = 'moving' | 'waiting' | 'delivered' | 'dead';

/** How a stage of the way lights up. */
export type Light = 'off' | 'on' | 'busy' | 'waiting' | 'failed';

/** One event as the inspector shows it. Plain data: it travels to the page as JSON. */
export interface Row {
  readonly uuid: string;
  readonly eventName: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly occurredAt: number;
  readonly utk?: string;
  readonly utkFrom?: 'cookie' | 'body';
  readonly state: State;
  /** One line: what became of it, or what it waits for. */
  readonly summary: string;
  /** It is a dead letter of the relay, which can be sent again. */
  readonly canReplay: boolean;
  /** From `track()` to HubSpot's last answer; absent before that. */
  readonly latencyMs?: number;
  readonly lights: { readonly page: Light; readonly relay: Light; readonly hubspot: Light };
  /** What the relay does or did with the event, short. */
  readonly relayNote: string;
  readonly tries: readonly Try[];
  /** When the last try ended, while the next one is waited for. Epoch milliseconds. */
  readonly waitingSince?: number;
  readonly steps: readonly Step[];
  /** The event as HubSpot took it. */
  readonly applied?: HubSpotEvent;
  /** The call that carried it, as HubSpot saw it. */
  readonly call?: { readonly line: string; readonly authorization: string };
}

/** One call to HubSpot, short. */
export interface Try {
  readonly label: string;
  readonly tone: 'good' | 'bad' | 'open';
  /** Between the end of the try before and the start of this one. */
  readonly waitedMs?: number;
}

/** @param isShut the relay sends nothing to HubSpot at present */
export function rowOf(event: TrackedEvent, isShut: boolean): Row {
  const { uuid, eventName, properties, occurredAt, utk, utkFrom, attempts, applied } = event;
  const state = stateOf(event, isShut);
  const last = attempts.at(-1);
  const seen = attempts.findLast((attempt) => attempt.seen)?.seen;
  return {
    uuid,
    eventName,
    properties,
    occurredAt,
    ...(utk !== undefined && { utk }),
    ...(utkFrom !== undefined && { utkFrom }),
    state,
    summary: summaryOf(event, state),
    canReplay: event.outcome?.kind === 'refused',
    ...(last?.endedAt !== undefined && { latencyMs: Math.max(0, last.endedAt - occurredAt) }),
    lights: lightsOf(event, state),
    relayNote: relayNoteOf(event, state),
    tries: attempts.map(tryOf),
    ...(state === 'waiting' && last?.endedAt !== undefined && { waitingSince: last.endedAt }),
    steps: stepsOf(event),
    ...(applied && { applied }),
    ...(seen && {
      call: { line: `${seen.method} ${seen.path}`, authorization: seen.authorization },
    }),
  };
}

/** @param isShut the relay sends nothing to HubSpot at present */
export function stateOf({ arrivals, attempts, outcome }: TrackedEvent, isShut: boolean): State {
  if (outcome?.kind === 'delivered' || attempts.some(isTaken)) return 'delivered';
  const arrival = arrivals.at(-1);
  if (outcome?.kind === 'refused' || arrival?.rejected || isRefused(arrival)) return 'dead';
  const hasFailed = attempts.some(({ endedAt }) => endedAt !== undefined);
  const isBehindPause = isShut && attempts.length === 0 && arrival?.status === 202;
  const isWaiting = hasFailed || isBehindPause || !arrival || isKeptByPage(arrival);
  return isWaiting ? 'waiting' : 'moving';
}

function isTaken({ answer }: Attempt): boolean {
  return answer?.kind === 'response' && answer.status >= 200 && answer.status < 300;
}

/** The page was told that the same request can never succeed. */
function isRefused(arrival: Arrival | undefined): boolean {
  const status = arrival?.status ?? 0;
  return status >= 400 && status < 500 && !isKeptByPage(arrival);
}

/** The page keeps the event and sends it again; a website that is not allowed (403) may be allowed later. */
export function isKeptByPage(arrival: Arrival | undefined): boolean {
  const status = arrival?.status ?? 0;
  return status === 403 || status === 429 || status >= 500;
}

function summaryOf({ kept, arrivals, attempts, outcome }: TrackedEvent, state: State): string {
  const last = attempts.at(-1);
  const arrival = arrivals.at(-1);
  switch (state) {
    case 'delivered':
      return attempts.length > 1 ? `Delivered on try ${attempts.length}` : 'Delivered';
    case 'dead':
      if (outcome?.kind === 'refused') {
        return `Refused by HubSpot: ${outcome.error.message ?? outcome.error.status}`;
      }
      if (arrival?.rejected) return `Refused by the relay: ${arrival.rejected.message}`;
      return `The relay answered ${arrival?.status}`;
    case 'moving':
      return attempts.length > 0 ? 'At HubSpot' : 'At the relay';
    case 'waiting':
      if (!arrival)
        return `Waits in the page for ${kept?.waitsFor === 'relay' ? 'the relay' : 'HubSpot’s cookie'}`;
      if (last && last.endedAt === undefined) return `Try ${attempts.length} is at HubSpot`;
      if (arrival?.status === 403)
        return 'The relay refuses this website (403); the page keeps it until it is allowed';
      if (isKeptByPage(arrival)) return 'The relay told the page to send it again';
      if (!last) return 'The relay keeps it until it sends to HubSpot again';
      return outcome?.kind === 'pause'
        ? 'The relay keeps it until HubSpot lets it in again'
        : 'The relay keeps it and will try again';
  }
}

function relayNoteOf({ arrivals }: TrackedEvent, state: State): string {
  const last = arrivals.at(-1);
  if (!last) return '';
  if (last.rejected) return last.rejected.code;
  if (last.status === undefined) return state === 'waiting' ? 'will try again' : 'at work';
  if (isKeptByPage(last)) return `answered ${last.status}`;
  return `${last.status} in ${(last.answeredAt ?? last.at) - last.at} ms`;
}

function lightsOf({ arrivals, attempts }: TrackedEvent, state: State): Row['lights'] {
  const isOpen = attempts.some(({ endedAt }) => endedAt === undefined);
  const arrival = arrivals.at(-1);
  const kept = !arrival || isKeptByPage(arrival);
  if (state === 'delivered') return { page: 'on', relay: 'on', hubspot: 'on' };
  if (state === 'dead') {
    return attempts.length > 0
      ? { page: 'on', relay: 'on', hubspot: 'failed' }
      : { page: 'on', relay: 'failed', hubspot: 'off' };
  }
  if (isOpen) return { page: 'on', relay: 'on', hubspot: 'busy' };
  if (state === 'moving') return { page: 'on', relay: 'busy', hubspot: 'off' };
  const hubspot = attempts.length > 0 ? 'failed' : 'off';
  return kept
    ? { page: 'waiting', relay: 'off', hubspot }
    : { page: 'on', relay: 'waiting', hubspot };
}

function tryOf({ at, answer }: Attempt, index: number, all: readonly Attempt[]): Try {
  const before = all[index - 1]?.endedAt;
  return {
    label: answer ? describeAnswer(answer).short : '…',
    tone: answer ? (describeAnswer(answer).good ? 'good' : 'bad') : 'open',
    ...(before !== undefined && { waitedMs: at - before }),
  };
}
