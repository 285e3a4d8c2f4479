import type { OutboxStats } from '../outbox/outbox.ts';
import type { Evidence, Outcome, Pause, Retry } from '../outcome.ts';
import { type BackoffRange, ceilingMs, PROBE_BACKOFF } from './backoff.ts';

/** Why nothing is sent for a while. */
export type ShutCause = Pause['cause'] | Retry['cause'] | 'operator';

/** The lane to HubSpot as the owner sees it; `/readyz` shows it without `error`. Closed. */
export type LaneStatus = OpenLane | ShutLane;

export interface OpenLane {
  readonly state: 'open';
}

export interface ShutLane {
  /** `paused` waits for somebody to change something, `backing_off` for a passing fault to pass. */
  readonly state: 'paused' | 'backing_off';
  readonly cause: ShutCause;
  /** Epoch milliseconds. */
  readonly since: number;
  /** When one batch is sent to see whether it passes again; absent when an operator has to resume. */
  readonly probeAt?: number;
  readonly error: Evidence;
}

/** What may be sent now. */
export type Gate =
  | { readonly kind: 'open' }
  /** One small batch, to see whether HubSpot takes it. */
  | { readonly kind: 'probe' }
  /** Nothing before `until`. */
  | { readonly kind: 'shut'; readonly until: number };

/**
 * Lets batches through, or one at a time after a fault: the breaker and the pause are the same gate with different waits.
 *
 * A pause shuts it at once: every further call would fail alike. A passing fault shuts it when HubSpot says for how long,
 * or when it happens several times in a row. docs/decisions/own-breaker.md
 */
export interface Lane {
  gate(now: number): Gate;
  /** A probe is on its way: nothing else passes until `endProbe`. */
  beginProbe(): void;
  endProbe(): void;
  record(outcome: Outcome, startedAt: number, now: number): void;
  /** By hand: the next batch need not wait for its time, it is the probe. */
  probeNow(): void;
  status(): LaneStatus;
}

/** An operator's pause is in the outbox, for all its relays; it comes before what this one found out about HubSpot. */
export function laneOf({ pausedAt }: Pick<OutboxStats, 'pausedAt'>, lane: Lane): LaneStatus {
  if (pausedAt === undefined) return lane.status();
  return { state: 'paused', cause: 'operator', since: pausedAt, error: {} };
}

/** Passing faults in a row that shut the lane. */
const MAX_FAILURES = 5;

/** A passing fault may be over any second. */
const BREAKER_BACKOFF: BackoffRange = { baseMs: 1000, maxMs: 60_000 };

interface Shut {
  readonly fault: Retry | Pause;
  readonly since: number;
  readonly shutAt: number;
  readonly probeAt: number;
  readonly failedProbes: number;
}

export function createLane(random: () => number): Lane {
  let shut: Shut | undefined;
  let isProbing = false;
  let failures = 0;

  function shutFor(fault: Retry | Pause, startedAt: number, now: number): void {
    if (shut !== undefined && startedAt < shut.shutAt) {
      // Began before the lane was shut: says nothing about whether it has passed, but may ask for longer.
      const isWorse = fault.kind === 'pause' && shut.fault.kind === 'retry';
      const probeAt = Math.max(shut.probeAt, now + fault.notBeforeMs);
      shut = { ...shut, probeAt, ...(isWorse && { fault }) };
      return;
    }
    const failedProbes = shut === undefined ? 0 : shut.failedProbes + 1;
    const probeAt = now + probeDelayMs(fault, failedProbes, random);
    shut = { fault, since: shut?.since ?? now, shutAt: now, probeAt, failedProbes };
  }

  function recordRetry(fault: Retry, startedAt: number, now: number): void {
    failures += 1;
    // A lock is about one record, and HubSpot's other records are free meanwhile.
    const isToldToWait = fault.notBeforeMs > 0 && fault.cause !== 'locked';
    if (isToldToWait || failures >= MAX_FAILURES || shut !== undefined) {
      shutFor(fault, startedAt, now);
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
    beginProbe() {
      isProbing = true;
    },
    endProbe() {
      isProbing = false;
    },
    record(outcome, startedAt, now) {
      if (outcome.kind === 'pause') return shutFor(outcome, startedAt, now);
      if (outcome.kind === 'retry') return recordRetry(outcome, startedAt, now);
      failures = 0;
      if (shut !== undefined && startedAt >= shut.shutAt) shut = undefined;
    },
    probeNow() {
      if (shut !== undefined) shut = { ...shut, probeAt: 0 };
    },
    status() {
      return shut === undefined ? { state: 'open' } : statusOf(shut);
    },
  };
}

function statusOf({ fault, since, probeAt }: Shut): ShutLane {
  const state = fault.kind === 'pause' ? 'paused' : 'backing_off';
  return { state, cause: fault.cause, since, probeAt, error: fault.error };
}

/** Up to a tenth longer than the backoff says, so that several deliverers do not probe at once. */
function probeDelayMs(fault: Retry | Pause, failedProbes: number, random: () => number): number {
  const range = fault.kind === 'pause' ? PROBE_BACKOFF : BREAKER_BACKOFF;
  const backoffMs = ceilingMs(failedProbes, range);
  return Math.ceil(Math.max(fault.notBeforeMs, backoffMs) + (random() * backoffMs) / 10);
}
