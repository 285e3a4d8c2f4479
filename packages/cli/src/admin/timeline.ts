import type { DeadLetter, EventStep } from '@hubrelay/relay';
import type { Found, Known } from './history.ts';
import { callOf, joined, saidOf } from './step-words.ts';

/** One line for each step of an event, the first first: page, relay, each call with HubSpot's words, outcome. */
export function timelineOf({ found, history }: Known, now: number): string[] {
  const steps = history?.items ?? [];
  return [
    ...pageLines(found),
    ...(steps.some(({ outcome }) => outcome === 'accepted') ? [] : storedLines(found)),
    ...stepLines(steps, isWhole(found, history)),
    ...stateLines(found, steps, now),
  ];
}

/** No step of the event came before the relay's memory begins: its calls can be counted. */
function isWhole(found: Found, history: Known['history']): boolean {
  const first = history?.items[0];
  if (first?.outcome === 'accepted' && first.cause === undefined) return true;
  const storedAt = found.state === 'pending' ? found.enqueuedAt : undefined;
  return history !== undefined && storedAt !== undefined && storedAt >= history.since;
}

function pageLines(found: Found): string[] {
  if (found.state === 'gone') return [];
  const { occurredAt, eventName, properties } = found.event;
  return [`${occurredAt}  tracked in the page: ${eventName} ${JSON.stringify(properties)}`];
}

function storedLines(found: Found): string[] {
  if (found.state === 'pending') return [`${iso(found.enqueuedAt)}  stored by the relay`];
  if (found.state === 'dead')
    return [`${iso(found.firstAt)}  stored by the relay, or last replayed`];
  return [];
}

function stepLines(steps: readonly EventStep[], isCounted: boolean): string[] {
  let calls = 0;
  return steps.flatMap((step) => {
    // The state of a dead letter says more.
    if (step.outcome === 'dead') return [];
    if (step.outcome === 'accepted') return [`${iso(step.at)}  ${wordsOfAccept(step)}`];
    calls += 1;
    return [`${iso(step.at)}  attempt${isCounted ? ` ${calls}` : ''}${wordsOfCall(step)}`];
  });
}

const wordsOfAccept = ({ cause }: EventStep) =>
  cause === 'resend' ? 'sent again by the page; the relay had it' : 'stored by the relay';

function wordsOfCall(step: EventStep): string {
  const { outcome, cause } = step;
  const ends = {
    delivered: 'HubSpot acknowledged it',
    refused: 'refused',
    retried: cause === 'split' ? 'sent again in smaller parts' : `sent again later (${cause})`,
    accepted: '',
    dead: '',
  };
  const words = saidOf(step);
  return `, ${callOf(step)}: ${ends[outcome]}${words && `. ${words}`}`;
}

function stateLines(found: Found, steps: readonly EventStep[], now: number): string[] {
  switch (found.state) {
    case 'pending': {
      const { attempts, lastError, dueAt, isClaimed } = found;
      const isTold = steps.some(({ outcome }) => outcome === 'retried');
      const last = lastError ? `, the last: ${wordsOf(lastError)}` : '';
      const failed = attempts > 0 ? `${attempts} tries failed` : 'HubSpot has not taken it';
      const next = isClaimed
        ? 'on its way to HubSpot now'
        : `pending: the next try is ${dueAt <= now ? 'due now' : `at ${iso(dueAt)}`}`;
      return [
        ...(!isTold && (attempts > 0 || lastError) ? [`${NO_TIME}  ${failed}${last}`] : []),
        `${iso(now)}  ${next}`,
      ];
    }
    case 'dead':
      return [
        `${iso(found.lastAt)}  dead letter after ${found.attempts} tries: ${found.reason}. ${wordsOf(found.error)}`.trimEnd(),
      ];
    case 'delivered': {
      const isTold = steps.some(({ outcome }) => outcome === 'delivered');
      return isTold ? [] : [`${iso(found.deliveredAt)}  HubSpot acknowledged it`];
    }
    case 'gone':
      return [
        `${iso(now)}  the relay no longer has it: delivered, expired or deleted. "hubrelay verify --uuid ${found.uuid}" asks HubSpot`,
      ];
  }
}

/** How far back the steps go: a call that is missing may have been before. */
export function boundsOf({ history }: Known): string[] {
  if (!history) return [];
  const { since, bounds } = history;
  const most = `${bounds.events.toLocaleString('en')} events, at most ${bounds.bytes / 1_000_000} MB`;
  return [`${NO_TIME}  This relay remembers calls since ${iso(since)}: of the last ${most}.`];
}

const NO_TIME = ' '.repeat(24);
const iso = (at: number) => new Date(at).toISOString();

const wordsOf = ({ status, category, message }: DeadLetter['error']) =>
  joined(['HubSpot said:', status, category, message]);
