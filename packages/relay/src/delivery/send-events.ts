import type { Clock } from '../core/clock.ts';
import type { HubSpotAnswer } from '../hubspot/answer.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { EventJson, HubSpotEvent } from '../hubspot/event.ts';
import type { Delivered, Outcome, Pause, Refused, Retry } from '../hubspot/outcome.ts';
import { isAboutAnAddress, outcomeOf } from '../hubspot/outcome-of.ts';
import type { EventTraces } from '../outbox/event-traces.ts';
import type { Suspect } from '../outbox/outbox.ts';
import type { CallPace } from './call-pace.ts';
import { type CallSlots, unlimitedSlots } from './call-slots.ts';

/** An event and its past; a claim is one. */
export interface Attempted {
  readonly json: EventJson;
  /** Earlier tries that counted. */
  readonly attempts: number;
  /** As in `Claim`. @default 0 */
  readonly suspicion?: number;
  /** As in `Claim`. @default false */
  readonly mayHaveArrived?: boolean;
  /** When the relay stored it, epoch milliseconds. @default unknown */
  readonly enqueuedAt?: number;
}

/** Events that share what became of them. Nothing is left to split. */
export interface SendResult<T extends Attempted> {
  readonly items: readonly T[];
  readonly outcome: Delivered | Refused | Retry | Pause;
  /** False when there was no call for them alone, because others had failed or time was up. */
  readonly wasSent: boolean;
  /** HubSpot may have taken the events although the outcome is not `delivered`. */
  readonly mayBeApplied: boolean;
  /** How they failed; absent when they were in no failed call of this run. */
  readonly suspect?: Suspect;
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
  /** Its events had been in no failed call before. */
  readonly isWitness: boolean;
}

export interface SendTools {
  readonly client: HubSpotClient;
  readonly clock: Clock;
  readonly onCall: (report: CallReport) => void;
  readonly traces: EventTraces;
  /** No call begins after it; epoch milliseconds. */
  readonly deadlineAt: number;
  /**
   * Every call has ended by then; epoch milliseconds. What begins just before the deadline needs time for its answer: an event
   * whose call is cut short would look as if it were at fault.
   * @default deadlineAt
   */
  readonly endAt?: number;
  /** @default no bound */
  readonly slots?: CallSlots;
  /** Spaces calls where there are no batches. @default no pause */
  readonly pace?: CallPace;
  /**
   * False stops looking for the events at fault: what is left of a failed batch shares its outcome.
   * @default always true
   */
  readonly mayLookCloser?: () => boolean;
  /** True lets no further call begin: what is left is as it was. @default never */
  readonly isShut?: () => boolean;
  /** Few events go one by one from the start: some have been at fault lately. @default never */
  readonly isCautious?: () => boolean;
  /** How many are few then. @default FEW */
  readonly few?: number;
  /** Largest failed batch in which the events at fault are looked for at once. @default any */
  readonly maxSearched?: number;
  /** How many witnesses the events of one run are at most, however many fail. @default WITNESSES_PER_RUN */
  readonly maxWitnesses?: number;
  /** So many failed calls, and none that HubSpot took, end the run when `mayLookCloser` says no. @default no bound */
  readonly maxFailures?: number;
  /** The time for a first call about so few events. @default the client's own */
  readonly timeoutMs?: (events: number) => number | undefined;
}

/** So many go one by one when they failed together: one more round of calls, and everybody's fate is known. */
export const FEW = 16;

/** Calls at once for one batch. */
const WIDTH = 16;

/** A batch that was refused clearly is searched within so many calls; what is left goes on as a suspect. */
const MAX_CALLS = 512;

/** A refusal that takes longer is searched with the calls of the suspects, unless its batch is small. */
const SLOW_MS = 1000;

/** Events that show whether the batch address is there at all. */
const ADDRESS_CHECK = 8;

interface Part<T> {
  readonly items: readonly T[];
  /** The failed batches of this run that the items were in. */
  readonly failures: number;
  /** One of them was refused clearly, or its end is unknown. */
  readonly mayBeApplied: boolean;
  readonly check?: AddressCheck<T>;
  /** Whether all events of the batch that were sent alone so far were taken. */
  readonly areOthersTaken?: boolean;
}

/** Whether it is the batch address that is not there, or an event that HubSpot answers so: the first of its events tell. */
interface AddressCheck<T> {
  readonly url: string;
  readonly rest: readonly T[];
  left: number;
  isTaken: boolean;
}

/**
 * Sends events, several in a call, and finds out which of them are at fault when a call fails.
 *
 * A batch that HubSpot refuses clearly is bisected: one event at fault costs the others at most 2·log2 n calls. A batch that
 * fails in another way, also by a timeout, is taken apart as well, unless the service itself seems to be at fault.
 * Results come as they are known, so that what is delivered is noted before the next call.
 *
 * A failed batch may have been taken in part (HubSpot does not document it). Its events are therefore sent as further
 * tries: an event that was taken comes back as a duplicate and counts as delivered.
 */
export async function* sendEvents<T extends Attempted>(
  items: readonly T[],
  tools: SendTools,
): AsyncGenerator<SendResult<T>, void, void> {
  const { mayLookCloser = () => true, maxSearched = Number.POSITIVE_INFINITY } = tools;
  const parts = firstParts(items, tools);
  const { maxFailures = Number.POSITIVE_INFINITY } = tools;
  const run: Run = { witnesses: 0, failures: 0 };
  const underWay = new Map<number, Promise<Ended<T>>>();
  let calls = 0;
  let fault: Retry | Pause | undefined;

  /** @returns what is known now; what has to be looked at more closely is put back */
  function resultsOf({
    part,
    outcome,
    wasSent,
    answer,
    durationMs = 0,
  }: Ended<T>): SendResult<T>[] {
    if (outcome.kind === 'retry' || outcome.kind === 'pause') {
      fault = outcome;
      run.failures += 1;
    } else if (outcome.kind !== 'split') run.failures = Number.NEGATIVE_INFINITY;
    const done = checked(part, outcome);
    if (done) parts.push(...done);
    const isBatch = part.items.length > 1;
    if (!wasSent) return [unsent(part, outcome)];
    const failed = { ...part, mayBeApplied: part.mayBeApplied || mayLeaveBehind(part, outcome) };
    if (isBatch && answer && isAboutAnAddress(answer)) {
      parts.push(...addressCheck(failed, tools.client));
      return [];
    }
    if (outcome.kind === 'split') {
      // A slow bisection would hold up fresh events.
      if (durationMs > SLOW_MS && part.items.length > maxSearched) {
        return [unsent({ ...failed, failures: part.failures + 1 }, whyLater(outcome))];
      }
      if (calls < MAX_CALLS) parts.push(...halvesOf(failed));
      else return [unsent({ ...failed, failures: part.failures + 1 }, whyLater(outcome))];
      return [];
    }
    const isFault = outcome.kind === 'retry' || outcome.kind === 'pause';
    if (isBatch && isFault && part.items.length <= maxSearched && mayLookCloser()) {
      parts.push(...(part.items.length <= FEW ? singlesOf(failed) : halvesOf(failed)));
      return [];
    }
    return [resultOf(part, outcome)];
  }

  function checked(part: Part<T>, outcome: Outcome): Part<T>[] | undefined {
    const { check } = part;
    if (check === undefined) return undefined;
    check.left -= 1;
    check.isTaken &&= outcome.kind === 'delivered';
    if (check.left > 0) return undefined;
    if (check.rest.length === 0) {
      if (check.isTaken) tools.client.address.hasNoBatches(check.url);
      return undefined;
    }
    const { failures, mayBeApplied } = part;
    const rest = { items: check.rest, failures, mayBeApplied, areOthersTaken: check.isTaken };
    return tools.client.address.sendsBatches()
      ? [rest]
      : singlesOf({ ...rest, failures: failures - 1 });
  }

  for (;;) {
    while (parts.length > 0 && underWay.size < WIDTH) {
      const part = parts.shift() as Part<T>;
      const isDoubtful = part.failures > 0 || run.failures >= maxFailures;
      if (isDoubtful && fault !== undefined && !mayLookCloser()) {
        parts.push(...(checked(part, fault) ?? []));
        yield unsent(part, fault);
        continue;
      }
      const id = ++calls;
      underWay.set(
        id,
        sendPart(part, tools, run).then((ended) => ({ ...ended, id })),
      );
    }
    if (underWay.size === 0) return;
    const ended = await Promise.race(underWay.values());
    underWay.delete(ended.id as number);
    yield* resultsOf(ended);
  }
}

/** Events of one claim may come from one page: however many fail, they are so many witnesses at most. */
const WITNESSES_PER_RUN = 4;

interface Run {
  witnesses: number;
  /** Calls that failed; below zero once HubSpot took something. */
  failures: number;
}

interface Ended<T> {
  readonly part: Part<T>;
  readonly outcome: Outcome;
  readonly wasSent: boolean;
  readonly answer?: HubSpotAnswer;
  readonly durationMs?: number;
  readonly id?: number;
}

async function sendPart<T extends Attempted>(
  part: Part<T>,
  tools: SendTools,
  run: Run,
): Promise<Ended<T>> {
  const { client, clock, deadlineAt, onCall, traces, slots = unlimitedSlots, pace } = tools;
  const giveBack = await slots.take();
  try {
    if (!client.address.sendsBatches()) await pace?.turn();
    const startedAt = clock.now();
    if (startedAt >= deadlineAt || tools.isShut?.()) {
      return { part, outcome: tooLate, wasSent: false };
    }
    const events = part.items.map(({ json }) => json);
    const attempts = Math.max(...part.items.map((item) => item.attempts));
    const mayHaveArrived =
      part.mayBeApplied ||
      part.items.some((item) => item.mayHaveArrived === true) ||
      // Only a refusal of a single event can mean that it is there already.
      (part.items.length === 1 && part.items.some(cameLate));
    const isFresh = part.failures === 0 && part.items.every((item) => !item.suspicion);
    // An event that got no answer in a short time gets the whole time later.
    const failedAlone = part.items.some(({ suspicion = 0 }) => suspicion > 1);
    const shortMs = failedAlone ? undefined : tools.timeoutMs?.(events.length);
    const limitMs = Math.min(
      (tools.endAt ?? deadlineAt) - startedAt,
      shortMs ?? Number.POSITIVE_INFINITY,
    );
    // The report is part of the trace: the log names it.
    return await traces.carry(events, async () => {
      const answer = await client.send(events, limitMs);
      const outcome = outcomeOf(answer, { events, mayHaveArrived });
      const durationMs = clock.now() - startedAt;
      const isFault = outcome.kind === 'retry' || outcome.kind === 'pause';
      const isWitness = isFresh && run.witnesses < (tools.maxWitnesses ?? WITNESSES_PER_RUN);
      if (isWitness && isFault) run.witnesses += 1;
      onCall({ events, attempts, answer, outcome, startedAt, durationMs, isWitness });
      pace?.record(outcome.kind === 'retry' && outcome.cause === 'rate_limited');
      return { part, outcome, wasSent: true, answer, durationMs };
    });
  } finally {
    giveBack();
  }
}

/** The relay knows what it delivered for so long: the least that an outbox keeps its keys. */
const KNOWN_MS = 86_400_000;

/**
 * It happened long before the relay got it: a page that never heard the answer may be sending again what the relay has
 * delivered and forgotten.
 */
function cameLate({ json, enqueuedAt }: Attempted): boolean {
  if (enqueuedAt === undefined) return false;
  const { occurredAt } = JSON.parse(json) as HubSpotEvent;
  return enqueuedAt - Date.parse(occurredAt) >= KNOWN_MS;
}

/** Suspects that failed alone go alone; others that failed go in small groups. */
function firstParts<T extends Attempted>(items: readonly T[], tools: SendTools): Part<T>[] {
  const whole = { failures: 0, mayBeApplied: false };
  const part = (of: readonly T[]): Part<T>[] => (of.length === 0 ? [] : [{ ...whole, items: of }]);
  const apart = (of: readonly T[]) => of.flatMap((item) => part([item]));
  if (!tools.client.address.sendsBatches()) return apart(items);
  const fresh = items.filter(({ suspicion = 0 }) => suspicion === 0);
  const together = items.filter(({ suspicion = 0 }) => suspicion === 1);
  const alone = items.filter(({ suspicion = 0 }) => suspicion > 1);
  const few = tools.few ?? FEW;
  const isCautious = tools.isCautious?.() === true;
  const carefully = (of: readonly T[]) => (isCautious && of.length <= few ? apart(of) : part(of));
  return [...carefully(fresh), ...carefully(together), ...apart(alone)];
}

function halvesOf<T>(part: Part<T>): Part<T>[] {
  const middle = Math.ceil(part.items.length / 2);
  return [part.items.slice(0, middle), part.items.slice(middle)].map((items) => again(part, items));
}

function singlesOf<T>(part: Part<T>): Part<T>[] {
  return part.items.map((item) => again(part, [item]));
}

function again<T>({ failures, mayBeApplied }: Part<T>, items: readonly T[]): Part<T> {
  return { items, failures: failures + 1, mayBeApplied };
}

function addressCheck<T>(part: Part<T>, client: HubSpotClient): Part<T>[] {
  const first = part.items.slice(0, ADDRESS_CHECK);
  const rest = part.items.slice(ADDRESS_CHECK);
  const url = client.address.url(part.items.length);
  const check = { url, rest, left: first.length, isTaken: part.areOthersTaken ?? true };
  return first.map((item) => ({ ...again(part, [item]), check }));
}

/**
 * Whether HubSpot may have taken some of the events although it did not say yes. Of a batch it may have taken those before the
 * one that it complains about, whatever the complaint; a pause for a single event, and a call never made, leave nothing.
 */
function mayLeaveBehind({ items }: Part<unknown>, outcome: Outcome): boolean {
  if (outcome.kind !== 'pause') return true;
  return items.length > 1 && outcome.error.status !== undefined;
}

function resultOf<T extends Attempted>(
  part: Part<T>,
  outcome: SendResult<T>['outcome'],
): SendResult<T> {
  const { items } = part;
  const isFault = outcome.kind === 'retry' || outcome.kind === 'pause';
  const mayBeApplied = part.mayBeApplied || (isFault && mayLeaveBehind(part, outcome));
  const suspect: Suspect = items.length === 1 ? 'alone' : 'together';
  return { items, outcome, wasSent: true, mayBeApplied, ...(isFault && { suspect }) };
}

function unsent<T extends Attempted>(
  { items, failures, mayBeApplied }: Part<T>,
  outcome: Outcome,
): SendResult<T> {
  const why = outcome.kind === 'retry' || outcome.kind === 'pause' ? outcome : tooLate;
  return {
    items,
    outcome: why,
    wasSent: false,
    mayBeApplied,
    ...(failures > 0 && { suspect: 'together' }),
  };
}

const whyLater = ({ error }: { readonly error: Retry['error'] }): Retry => ({
  kind: 'retry',
  cause: 'server_error',
  notBeforeMs: 0,
  error,
});

const tooLate: Retry = {
  kind: 'retry',
  cause: 'timeout',
  notBeforeMs: 0,
  error: { message: 'It was not sent in time.' },
};
