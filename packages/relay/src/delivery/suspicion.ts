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

/** So much longer than the average call that succeeds. */
const TIMEOUT_FACTOR = 10;
const LEAST_TIMEOUT_MS = 1500;
const FEW_EVENTS = 16;
const AVERAGE_WEIGHT = 0.1;
const SAMPLES = 10;

export function createSuspicion(clock: Clock): Suspicion {
  let faultAt = Number.NEGATIVE_INFINITY;
  let averageMs = 0;
  let samples = 0;

  function isRaised(): boolean {
    const sinceMs = clock.now() - faultAt;
    return sinceMs >= 0 && sinceMs < RAISED_MS;
  }

  return {
    record({ outcome, events, startedAt, durationMs }) {
      if (outcome.kind !== 'delivered') faultAt = startedAt + durationMs;
      else if (events.length <= FEW_EVENTS) {
        samples += 1;
        averageMs =
          samples === 1
            ? durationMs
            : averageMs * (1 - AVERAGE_WEIGHT) + durationMs * AVERAGE_WEIGHT;
      }
    },
    isRaised,
    timeoutMs(events) {
      if (!isRaised() || events > FEW_EVENTS || samples < SAMPLES) return undefined;
      return Math.max(LEAST_TIMEOUT_MS, averageMs * TIMEOUT_FACTOR);
    },
  };
}
