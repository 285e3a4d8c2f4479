import type { Clock } from '../clock.ts';
import type { EventTraces } from '../event-traces.ts';
import type { HubSpotAnswer } from '../hubspot/answer.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { EventJson } from '../hubspot/event.ts';
import { outcomeOf } from '../hubspot/outcome-of.ts';
import type { Delivered, Outcome, Pause, Refused, Retry } from '../outcome.ts';

/** An event and its past; a claim is one. */
export interface Attempted {
  readonly json: EventJson;
  /** Earlier tries that may have reached HubSpot. */
  readonly attempts: number;
}

/** Events that share what became of them. Nothing is left to split. */
export interface SendResult<T extends Attempted> {
  readonly items: readonly T[];
  readonly outcome: Delivered | Refused | Retry | Pause;
  /** False when there was no call for them, because an earlier one failed or time was up. */
  readonly wasSent: boolean;
  /** HubSpot may have taken the events although the outcome is not `delivered`. */
  readonly mayBeApplied: boolean;
}

/** One call, for logs and measurements. */
export interface CallReport {
  readonly events: readonly EventJson[];
  /** Of the event with the most tries. */
  readonly attempts: number;
  readonly answer: HubSpotAnswer;
  readonly outcome: Outcome;
  readonly startedAt: number;
  readonly durationMs: number;
}

export interface SendTools {
  readonly client: HubSpotClient;
  readonly clock: Clock;
  readonly onCall: (report: CallReport) => void;
  readonly traces: EventTraces;
  /** No call begins after it; epoch milliseconds. */
  readonly deadlineAt: number;
}

/**
 * Sends events as one batch and bisects it as long as HubSpot refuses it, so that one event at fault costs the others at
 * most 2·log2 n calls. A passing fault or a pause ends the bisection: what is left shares that outcome. Results come as
 * they are known, so that what is delivered is noted before the next call.
 *
 * A refused batch may have been taken in part (HubSpot does not document it). The halves are therefore sent as further
 * tries: an event that was taken comes back as a duplicate and counts as delivered.
 */
export async function* sendEvents<T extends Attempted>(
  items: readonly T[],
  tools: SendTools,
): AsyncGenerator<SendResult<T>, void, void> {
  const parts: Part<T>[] = [{ items, triesHere: 0 }];
  let stop: Retry | Pause | undefined;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const outcome: Outcome = stop ?? (await sendPart(part, tools));
    if (outcome.kind === 'split') {
      parts.unshift(...halvesOf(part));
      continue;
    }
    yield resultOf(part, outcome, stop === undefined && outcome !== tooLate);
    if (outcome.kind === 'retry' || outcome.kind === 'pause') stop = outcome;
  }
}

interface Part<T> {
  readonly items: readonly T[];
  /** How many refused batches of this run the items were in. */
  readonly triesHere: number;
}

async function sendPart<T extends Attempted>(part: Part<T>, tools: SendTools): Promise<Outcome> {
  const { client, clock, deadlineAt, onCall, traces } = tools;
  const startedAt = clock.now();
  if (startedAt >= deadlineAt) return tooLate;
  const events = part.items.map(({ json }) => json);
  const attempts = Math.max(...part.items.map((item) => item.attempts));
  const attempt = attempts + part.triesHere;
  // The report is part of the trace: the log names it.
  return traces.carry(events, async () => {
    const answer = await client.send(events, deadlineAt - startedAt);
    const outcome = outcomeOf(answer, { events: events.length, attempt });
    const durationMs = clock.now() - startedAt;
    onCall({ events, attempts, answer, outcome, startedAt, durationMs });
    return outcome;
  });
}

function halvesOf<T>({ items, triesHere }: Part<T>): Part<T>[] {
  const middle = Math.ceil(items.length / 2);
  const halves = [items.slice(0, middle), items.slice(middle)];
  return halves.map((half) => ({ items: half, triesHere: triesHere + 1 }));
}

/** A refusal, a pause and a call never made leave nothing behind at HubSpot; a lost or failed answer may. */
function resultOf<T extends Attempted>(
  { items, triesHere }: Part<T>,
  outcome: SendResult<T>['outcome'],
  wasSent: boolean,
): SendResult<T> {
  const mayBeApplied = triesHere > 0 || (wasSent && outcome.kind === 'retry');
  return { items, outcome, wasSent, mayBeApplied };
}

const tooLate: Retry = {
  kind: 'retry',
  cause: 'timeout',
  notBeforeMs: 0,
  error: { message: 'There was no time left for another call.' },
};
