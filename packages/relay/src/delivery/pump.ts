import type { Clock } from '../core/clock.ts';
import type { Logger } from '../observe/log.ts';
import type { Claim, ClaimRequest, Outbox } from '../outbox/outbox.ts';
import { ceilingMs } from './backoff.ts';
import type { CallSlots } from './call-slots.ts';
import type { Gate } from './lane.ts';
import { type Drain, nextStep } from './next-step.ts';
import { createSignal } from './signal.ts';

export interface PumpTools {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly maxBatchBytes: number;
  readonly leaseMs: number;
  readonly lingerMs: number;
  readonly pollMs: number;
  /** Which events are claimed, and when. */
  readonly lot: Lot;
  /** Never rejects. */
  readonly send: (claims: readonly Claim[], slots: CallSlots, isProbe: boolean) => Promise<void>;
}

export interface LotRequest extends Pick<ClaimRequest, 'from' | 'maxEvents'> {
  /** The calls that what it brings may use. */
  readonly slots: CallSlots;
}

/** One kind of events and its share of the calls. */
export interface Lot {
  gate(now: number): Gate;
  hasRoom(): boolean;
  /** What to claim next, the first that brings something. */
  requests(isProbe: boolean): readonly LotRequest[];
  /** When the next event of this kind is due; undefined when that is not known. */
  nextDueAt(stats: Awaited<ReturnType<Outbox['stats']>>): number | undefined;
}

/** Claims events and sends them on, as many batches at once as is good; rests when there is nothing due. */
export interface Pump {
  /** Until a drain has ended. Never rejects. */
  run(): Promise<void>;
  /** There are new events. */
  wake(): void;
  /** The wait is over: delivery was resumed by hand, or HubSpot takes events again. */
  look(): void;
  /** Sends what is due until `until`, then ends. */
  drain(until: number): void;
  /** Sends nothing from now on, and gives back what a claim under way brings. Resolves when there is none. */
  close(): Promise<void>;
}

const OUTBOX_BACKOFF = { baseMs: 500, maxMs: 30_000 };

export function createPump(tools: PumpTools): Pump {
  const { outbox, lot, clock, log, lingerMs, pollMs } = tools;
  const signal = createSignal(clock);
  let inFlight = 0;
  let restUntil = 0;
  let wakes = 0;
  let outboxFailures = 0;
  let drain: Drain | undefined;
  let isClosed = false;
  let claiming: Promise<void> | undefined;

  async function claim(isProbe: boolean): Promise<void> {
    const wakesBefore = wakes;
    for (const { from, maxEvents, slots } of lot.requests(isProbe)) {
      const { maxBatchBytes: maxBytes, leaseMs } = tools;
      const claims = await outbox.claim({ ...(from && { from }), maxEvents, maxBytes, leaseMs });
      if (isClosed) return giveBack(claims);
      if (claims.length === 0) continue;
      restUntil = isFull(claims, maxEvents, maxBytes) ? 0 : clock.now() + lingerMs;
      return void launch(claims, slots, isProbe);
    }
    return rest(wakesBefore);
  }

  async function launch(
    claims: readonly Claim[],
    slots: CallSlots,
    isProbe: boolean,
  ): Promise<void> {
    inFlight += 1;
    await tools.send(claims, slots, isProbe);
    inFlight -= 1;
    signal.notify();
  }

  function endDrain(): void {
    if (drain !== undefined) drain = { ...drain, isExhausted: true };
  }

  async function giveBack(claims: readonly Claim[]): Promise<void> {
    if (claims.length === 0) return;
    // What an earlier try came to stays.
    await outbox.retry(claims, { delayMs: 0, countAttempt: false });
  }

  /** Until the next event is due; what came while we looked must not wait that long. */
  async function rest(wakesBefore: number): Promise<void> {
    endDrain();
    const nextDueAt = lot.nextDueAt(await outbox.stats()) ?? Number.POSITIVE_INFINITY;
    const now = clock.now();
    const isWoken = wakes !== wakesBefore;
    restUntil = now + (isWoken ? lingerMs : between(lingerMs, nextDueAt - now, pollMs));
  }

  async function claimSafely(isProbe: boolean): Promise<void> {
    try {
      await claim(isProbe);
      outboxFailures = 0;
    } catch (error) {
      log.error({ err: error }, 'cannot claim events from the outbox');
      endDrain();
      restUntil = clock.now() + ceilingMs(outboxFailures, OUTBOX_BACKOFF);
      outboxFailures += 1;
    }
  }

  return {
    async run() {
      for (;;) {
        const now = clock.now();
        const maxRestMs = Math.max(pollMs, lingerMs, OUTBOX_BACKOFF.maxMs);
        const hasRoom = lot.hasRoom();
        const gate = lot.gate(now);
        const step = nextStep({ now, gate, inFlight, hasRoom, restUntil, maxRestMs, drain });
        if (step.kind === 'end') return;
        if (step.kind === 'claim') {
          claiming = claimSafely(step.isProbe);
          await claiming;
        } else await signal.wait(step.ms);
      }
    },
    wake() {
      wakes += 1;
      const soon = clock.now() + lingerMs;
      if (restUntil <= soon) return;
      restUntil = soon;
      signal.notify();
    },
    look() {
      wakes += 1;
      restUntil = 0;
      signal.notify();
    },
    drain(until) {
      drain = { until, isExhausted: false };
      signal.notify();
    },
    async close() {
      isClosed = true;
      endDrain();
      await claiming;
    },
  };
}

function between(low: number, value: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}

/** No event is larger than the body of the request that it came in, 64 KiB, with room for escapes. */
const LARGEST_EVENT_BYTES = 131_072;

/** Whether a claim ended because it was full, so that more may be due already. */
function isFull(claims: readonly Claim[], maxEvents: number, maxBytes: number): boolean {
  if (claims.length >= maxEvents) return true;
  const bytes = claims.reduce((sum, { json }) => sum + json.length, 0);
  return bytes > maxBytes - LARGEST_EVENT_BYTES;
}
