import type { EventJson } from '../hubspot/event.ts';
import type { Evidence, Outcome, Pause, Retry } from '../hubspot/outcome.ts';
import type { OutboxStats } from '../outbox/outbox.ts';
import { type BackoffRange, ceilingMs, GENTLE } from './backoff.ts';

/** Why nothing is sent for a while. */
export type ShutCause = Pause['cause'] | Retry['cause'] | 'operator';

/** The lane to HubSpot as the owner sees it; `/readyz` shows it without `error`. Closed. */
export type LaneStatus = OpenLane | ShutLane;

export interface OpenLane {
  readonly state: 'open';
}

/** Nothing has been delivered since the first of several failed calls. */
export interface ShutLane {
  /** `paused` waits for the owner to change something, `backing_off` for a fault to pass. */
  readonly state: 'paused' | 'backing_off';
  readonly cause: ShutCause;
  /** Epoch milliseconds. */
  readonly since: number;
  /** When HubSpot is asked again; absent when an operator has to resume. */
  readonly probeAt?: number;
  /** How many events failed at their first try, or alone. One event alone proves nothing about HubSpot. */
  readonly witnesses: number;
  readonly error: Evidence;
}

/** What may be sent now. */
export type Gate =
  | { readonly kind: 'open' }
  /** One event, to see whether HubSpot takes it. */
  | { readonly kind: 'probe' }
  /** Nothing before `until`. */
  | { readonly kind: 'shut'; readonly until: number };

/** How one call ended. */
export interface CallEnd {
  readonly events: readonly EventJson[];
  readonly outcome: Outcome;
  readonly startedAt: number;
  /** Its events had been in no failed call before. */
  readonly isWitness: boolean;
}

/**
 * Tells a fault of the service from faults of single events, by evidence: the calls of other events. It is both the circuit
 * breaker and the pause of delivery. docs/decisions/who-is-at-fault.md
 *
 * Fresh events pass until sixteen calls of events that never failed before have failed with no success in between. Suspects, the
 * events that did fail, prove nothing: after eight failed calls in a row they pass one at a time, ever more seldom. Any
 * event that HubSpot takes opens everything.
 */
export interface Lane {
  /** For events that were in no failed call. */
  gate(now: number): Gate;
  /** For suspects. While `gate` is not open they wait; probes are for those that hold the gate. */
  suspectGate(now: number): Gate;
  /** Whether everything waits for a probe. */
  isShut(): boolean;
  /** What the last calls failed with; undefined since a success. */
  fault(): Retry | Pause | undefined;
  /** A probe is on its way: nothing else passes until `endProbe`. */
  beginProbe(): void;
  endProbe(): void;
  /** The same for a suspect that passes alone. */
  beginSuspect(): void;
  endSuspect(): void;
  record(call: CallEnd, now: number): void;
  /** False when further calls for events that failed together would only add to a flood. */
  mayLookCloser(now: number): boolean;
  /** Several calls in a row failed: the next success or failure decides. */
  isInDoubt(): boolean;
  /** By hand: the next call need not wait for its time. */
  probeNow(): void;
  /** @param isStandstill nothing has been delivered for long: then one failed call is worth telling, too */
  status(isStandstill?: boolean): LaneStatus;
}

/** An operator's pause is in the outbox, for all its relays; it comes before what this one found out about HubSpot. */
export function laneOf(
  { pausedAt }: Pick<OutboxStats, 'pausedAt'>,
  lane: Lane,
  isStandstill = false,
): LaneStatus {
  if (pausedAt === undefined) return lane.status(isStandstill);
  return { state: 'paused', cause: 'operator', since: pausedAt, witnesses: 0, error: {} };
}

/** Half of all events may be at fault, and still so many in a row are once in 65,536. */
const WITNESSES = 16;

/**
 * When the first look showed that HubSpot had taken events all along, most new events are at fault just now: twice as many
 * witnesses are asked for, up to so many, for so long.
 */
const MOST_WITNESSES = 1024;
const DOUBLED_FOR_MS = 600_000;
const FIRST_LOOKS = 2;

/**
 * Failed calls in a row, of whatever events, after which suspects pass one at a time; more of them just after HubSpot took
 * events, because calls of suspects end in bunches.
 */
const FREE_FAILURES = 8;
const FREE_FAILURES_AFTER_SUCCESS = 40;
const AFTER_SUCCESS_MS = 5000;

/** Failed calls in a row that put HubSpot in doubt, and are worth telling the owner. */
const TOLD_FAILURES = 3;

/** Witnesses that are enough to tell the owner. */
const ENOUGH = 2;

const PROBES: Readonly<Record<'pause' | 'retry', BackoffRange>> = {
  pause: { baseMs: 1000, maxMs: 900_000, factor: GENTLE },
  retry: { baseMs: 1000, maxMs: 120_000, factor: GENTLE },
};

/** HubSpot's own wish counts from the sixth probe on: before that it may have been about one event. */
const EARLY_PROBES = 5;
const LONGEST_WISH_MS = 900_000;
const LONGEST_LIMIT_MS = 3_600_000;

interface Shut {
  readonly shutAt: number;
  readonly probeAt: number;
  readonly failedProbes: number;
}

export function createLane(random: () => number): Lane {
  let shut: Shut | undefined;
  let isProbing = false;
  let suspectUnderWay = false;
  let failures = 0;
  let successAt = Number.NEGATIVE_INFINITY;
  let witnesses = 0;
  let since = 0;
  let suspectAt = 0;
  let suspectLooks = 0;
  let fault: Retry | Pause | undefined;

  let needed = WITNESSES;
  let doubledAt = 0;
  /** Different events that failed alone, as many as matter. */
  const failedAlone = new Set<EventJson>();

  function isFreeFor(now: number): boolean {
    const sinceMs = now - successAt;
    const isRecent = sinceMs >= 0 && sinceMs < AFTER_SUCCESS_MS;
    return failures < (isRecent ? FREE_FAILURES_AFTER_SUCCESS : FREE_FAILURES);
  }

  function forget(): void {
    failedAlone.clear();
    shut = undefined;
    failures = 0;
    witnesses = 0;
    suspectAt = 0;
    suspectLooks = 0;
    fault = undefined;
  }

  function recordFault(
    outcome: Retry | Pause,
    { events, startedAt, isWitness }: CallEnd,
    now: number,
  ): void {
    if (failures === 0) since = now;
    const [event] = events;
    if (events.length === 1 && event && failedAlone.size < ENOUGH) failedAlone.add(event);
    failures += 1;
    if (isWitness) witnesses += 1;
    if (fault === undefined || outcome.kind === 'pause' || fault.kind === 'retry') fault = outcome;
    if (!isFreeFor(now) && (suspectAt === 0 || suspectUnderWay)) {
      // Only looks count, not all the calls that end together.
      suspectAt = now + probeDelayMs(outcome, suspectLooks, random);
      suspectLooks += 1;
    }
    if (shut === undefined) {
      if (now - doubledAt > DOUBLED_FOR_MS || now < doubledAt) needed = WITNESSES;
      if (witnesses < needed) return;
      shut = { shutAt: now, probeAt: now + probeDelayMs(outcome, 0, random), failedProbes: 0 };
    } else if (isProbing && startedAt >= shut.shutAt) {
      // Calls that are no probe were under way when the lane was shut.
      const failedProbes = shut.failedProbes + 1;
      shut = {
        shutAt: now,
        probeAt: now + probeDelayMs(outcome, failedProbes, random),
        failedProbes,
      };
    }
  }

  return {
    gate(now) {
      if (shut === undefined) return { kind: 'open' };
      if (isProbing) return { kind: 'shut', until: Number.POSITIVE_INFINITY };
      const isClockSetBack = now < shut.shutAt;
      if (now >= shut.probeAt || isClockSetBack) return { kind: 'probe' };
      return { kind: 'shut', until: shut.probeAt };
    },
    suspectGate(now) {
      if (shut !== undefined) return { kind: 'shut', until: Number.POSITIVE_INFINITY };
      if (isFreeFor(now)) return { kind: 'open' };
      if (suspectUnderWay) return { kind: 'shut', until: Number.POSITIVE_INFINITY };
      const isClockSetBack = suspectAt - now > LONGEST_LIMIT_MS * 2;
      if (now >= suspectAt || isClockSetBack) return { kind: 'probe' };
      return { kind: 'shut', until: suspectAt };
    },
    isShut: () => shut !== undefined,
    fault: () => fault,
    beginProbe() {
      isProbing = true;
    },
    endProbe() {
      isProbing = false;
    },
    beginSuspect() {
      suspectUnderWay = true;
    },
    endSuspect() {
      suspectUnderWay = false;
    },
    record(call, now) {
      const { outcome, startedAt } = call;
      if (outcome.kind === 'split') return;
      if (outcome.kind === 'retry' || outcome.kind === 'pause') {
        return recordFault(outcome, call, now);
      }
      // A call that began before the lane was shut says nothing about whether the fault has passed.
      if (shut !== undefined && startedAt < shut.shutAt) return;
      if (shut !== undefined && shut.failedProbes < FIRST_LOOKS) {
        needed = Math.min(needed * 2, MOST_WITNESSES);
        doubledAt = now;
      }
      successAt = now;
      forget();
    },
    mayLookCloser: (now) => shut === undefined && isFreeFor(now),
    isInDoubt: () => failures >= TOLD_FAILURES,
    probeNow() {
      suspectAt = 0;
      if (shut !== undefined) shut = { ...shut, probeAt: 0 };
    },
    status(isStandstill = false) {
      if (fault === undefined || (failures < TOLD_FAILURES && !isStandstill))
        return { state: 'open' };
      const state = fault.kind === 'pause' ? 'paused' : 'backing_off';
      const probeAt = shut?.probeAt ?? Math.max(suspectAt, since);
      const seen = Math.max(witnesses, failedAlone.size);
      return { state, cause: fault.cause, since, probeAt, witnesses: seen, error: fault.error };
    },
  };
}

/** Up to a tenth shorter than the backoff says, so that several relays do not probe at once. */
function probeDelayMs(fault: Retry | Pause, failedProbes: number, random: () => number): number {
  const backoffMs = ceilingMs(failedProbes, PROBES[fault.kind]);
  const wishMs = failedProbes < EARLY_PROBES ? 0 : wishOf(fault);
  return Math.ceil(Math.max(wishMs, backoffMs * (1 - random() / 10)));
}

/** How long HubSpot wants to be left alone, as far as the relay follows it: a wish of a day is looked at within the hour. */
export function wishOf(fault: Retry | Pause): number {
  const isLimit = fault.cause === 'migration' || fault.cause === 'daily_limit';
  return Math.min(fault.notBeforeMs, isLimit ? LONGEST_LIMIT_MS : LONGEST_WISH_MS);
}
