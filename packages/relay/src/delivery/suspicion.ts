import type { Clock } from '../core/clock.ts';
import type { CallReport } from './send-events.ts';

/** What the last calls say about how careful to be. */
export interface Suspicion {
  record(report: CallReport): void;
  /** Events have been at fault lately, while HubSpot took others. */
  isRaised(): boolean;
  /**
   * How long to wait for an answer about so many events, milliseconds, while suspicion is raised; undefined otherwise. An event
   * that gets no answer must not hold a call for the client's whole timeout, or half a dozen of them hold all calls.
   */
  timeoutMs(events: number): number | undefined;
}

const RAISED_MS = 60_000;

const LEAST_TIMEOUT_MS = 1500;
const FEW_EVENTS = 16;
const SAMPLES = 10;

/** As TCP finds its timeout (RFC 6298): the average plus four times the average deviation, and twice the average at least. */
const AVERAGE_WEIGHT = 1 / 8;
const DEVIATION_WEIGHT = 1 / 4;
const DEVIATIONS = 4;

export function createSuspicion(clock: Clock): Suspicion {
  let faultAt = Number.NEGATIVE_INFINITY;
  let averageMs = 0;
  let deviationMs = 0;
  let samples = 0;

  function isRaised(): boolean {
    const sinceMs = clock.now() - faultAt;
    return sinceMs >= 0 && sinceMs < RAISED_MS;
  }

  function measure(durationMs: number): void {
    samples += 1;
    if (samples === 1) averageMs = durationMs;
    const offMs = durationMs - averageMs;
    deviationMs += (Math.abs(offMs) - deviationMs) * DEVIATION_WEIGHT;
    averageMs += offMs * AVERAGE_WEIGHT;
  }

  return {
    record({ outcome, events, startedAt, durationMs }) {
      if (outcome.kind !== 'delivered') faultAt = startedAt + durationMs;
      else if (events.length <= FEW_EVENTS) measure(durationMs);
    },
    isRaised,
    timeoutMs(events) {
      if (!isRaised() || events > FEW_EVENTS || samples < SAMPLES) return undefined;
      return Math.max(LEAST_TIMEOUT_MS, averageMs + Math.max(averageMs, DEVIATIONS * deviationMs));
    },
  };
}
