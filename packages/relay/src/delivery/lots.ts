import { createCallSlots } from './call-slots.ts';
import type { Lane } from './lane.ts';
import type { Lot, LotRequest } from './pump.ts';
import { FEW } from './send-events.ts';
import type { Suspicion } from './suspicion.ts';

export interface LotTools {
  readonly lane: Lane;
  readonly suspicion: Suspicion;
  /** Most events in one call. */
  readonly maxBatchEvents: number;
  /** Whether several may share a call. */
  readonly sendsBatches: () => boolean;
  /** How many calls there may be at once for events that were in no failed call. */
  readonly limit: () => number;
}

/** Where every event is a call of its own, a claim is what a few rounds of calls can send: the others must not wait in it. */
const SINGLES = 32;

/** While events are at fault, so many of the calls are kept for the events that came last. */
const KEPT_SHARE = 0.5;

/**
 * Events that were in no failed call. While events at fault are about, every other claim takes the newest: a thousand bad events
 * in front must not keep a good one waiting, and the one stored last is the least likely to be one of them.
 */
export function freshLot(tools: LotTools): Lot & Calls {
  const { lane, suspicion, limit } = tools;
  const claimed = () => (tools.sendsBatches() ? tools.maxBatchEvents : SINGLES);
  const kept = () => (suspicion.isRaised() ? Math.ceil(limit() * KEPT_SHARE) : 0);
  const slots = createCallSlots(() => Math.max(1, limit() - kept()));
  const keptSlots = createCallSlots(() => Math.max(1, kept()));
  const newest: LotRequest = { from: 'newest', maxEvents: FEW, slots: keptSlots };
  let isNewestsTurn = false;

  return {
    gate: lane.gate,
    hasRoom: () => slots.hasRoom() || (suspicion.isRaised() && keptSlots.hasRoom()),
    requests(isProbe) {
      if (isProbe) {
        return [
          { ...newest, maxEvents: 1 },
          { from: 'suspects', maxEvents: 1, slots },
        ];
      }
      isNewestsTurn = suspicion.isRaised() && keptSlots.hasRoom() && !isNewestsTurn;
      if (isNewestsTurn || !slots.hasRoom()) return [newest];
      return [{ from: 'fresh', maxEvents: claimed(), slots }];
    },
    nextDueAt({ nextDueAt, nextSuspectDueAt = Number.POSITIVE_INFINITY }) {
      if (lane.isShut()) return nextDueAt;
      return nextDueAt !== undefined && nextDueAt < nextSuspectDueAt ? nextDueAt : undefined;
    },
    calls: () => slots.used() + keptSlots.used(),
  };
}

export interface SuspectTools extends Pick<LotTools, 'lane' | 'limit'> {
  /** Those of the events that were in no failed call. */
  readonly others: Calls;
}

interface Calls {
  /** Under way and waiting. */
  calls(): number;
}

/** How many suspects one claim takes: each may need a call of its own. */
const SUSPECTS = 64;
const NEW_SUSPECTS = 16;

/** Suspects may have so many calls as well, as a share of those of the others, and all that the others leave. */
const SUSPECT_SHARE = 1 / 3;

/**
 * Events that were in a failed call, with calls of their own. Every other claim takes those that failed last: most of them are
 * not at fault, and must not wait for all that fail again and again.
 */
export function suspectLot({ lane, limit, others }: SuspectTools): Lot & Calls {
  const share = () => Math.max(limit() * SUSPECT_SHARE, limit() - others.calls());
  const half = () => Math.max(1, Math.floor(share() / 2));
  const oldSlots = createCallSlots(half);
  const newSlots = createCallSlots(half);
  const longestDue: LotRequest = { from: 'suspects', maxEvents: SUSPECTS, slots: oldSlots };
  const newest: LotRequest = { from: 'new_suspects', maxEvents: NEW_SUSPECTS, slots: newSlots };
  let isNewestsTurn = false;

  return {
    gate: lane.suspectGate,
    hasRoom: () => oldSlots.hasRoom() || newSlots.hasRoom(),
    requests(isProbe) {
      if (isProbe)
        return [
          { ...newest, maxEvents: 1 },
          { ...longestDue, maxEvents: 1 },
        ];
      isNewestsTurn = newSlots.hasRoom() && !isNewestsTurn;
      if (!oldSlots.hasRoom()) return [newest];
      return isNewestsTurn ? [newest, longestDue] : [longestDue];
    },
    nextDueAt: ({ nextSuspectDueAt }) => nextSuspectDueAt,
    calls: () => oldSlots.used() + newSlots.used(),
  };
}
