import type { Gate } from './lane.ts';

/** All that decides what a deliverer does next. */
export interface Situation {
  readonly now: number;
  readonly gate: Gate;
  /** Batches on their way. */
  readonly inFlight: number;
  /** Whether one more may be claimed. */
  readonly hasRoom: boolean;
  /** Nothing to do before, unless woken. */
  readonly restUntil: number;
  readonly maxRestMs: number;
  /** Stopping: deliver what is due as long as there is time, then end. */
  readonly drain: Drain | undefined;
}

export interface Drain {
  readonly until: number;
  /** A claim came back empty, or time is up. */
  readonly isExhausted: boolean;
}

export type Step =
  | { readonly kind: 'claim'; readonly isProbe: boolean }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'end' };

const untilNotified: Step = { kind: 'wait', ms: Number.POSITIVE_INFINITY };

export function nextStep(situation: Situation): Step {
  const { now, gate, inFlight, hasRoom, drain } = situation;
  if (drain !== undefined && isOver(drain, situation)) {
    return inFlight === 0 ? { kind: 'end' } : untilNotified;
  }
  if (gate.kind === 'shut') return { kind: 'wait', ms: gate.until - now };
  if (!hasRoom) return untilNotified;
  const restMs = drain === undefined ? restLeftMs(situation) : 0;
  return restMs > 0
    ? { kind: 'wait', ms: restMs }
    : { kind: 'claim', isProbe: gate.kind === 'probe' };
}

function isOver(drain: Drain, { now, gate }: Situation): boolean {
  return drain.isExhausted || gate.kind !== 'open' || now >= drain.until;
}

/** A rest never lasts longer than `maxRestMs`, so one that seems to means that the clock was set back. */
function restLeftMs({ now, restUntil, maxRestMs }: Situation): number {
  const leftMs = restUntil - now;
  return leftMs > maxRestMs ? 0 : leftMs;
}
