import type { TrackedEvent } from './ledger.ts';

/** "Once the first minute has passed." */
const FIRST_MINUTE_MS = 60_000;
const MOST_MS = 5000;
const ENOUGH = 100;
const SHARE = 0.99;

/**
 * Who waits is who is at fault: while nothing ails but certain events, those that are not at fault arrive with p99 ≤ 5 s. Only
 * events count whose whole way was quiet: no fault of the service, the network, the storage or a relay, and no new kind of
 * event at fault within the minute before.
 */
export interface Quiet {
  /** Something ails, or is over; a while of rest is needed then. */
  disturb(restMs: number): void;
  /** A new kind of events at fault. */
  spoil(): void;
  /** A relay took responsibility for an event, or in direct mode a page asked it to. */
  begin(event: TrackedEvent): void;
  arrive(event: TrackedEvent): void;
  /** @returns what is wrong, if anything is */
  verdict(): string | undefined;
  samples(): number;
}

export function createQuiet(now: () => number): Quiet {
  const waiting = new Map<TrackedEvent, number>();
  const latencies: number[] = [];
  let quietFrom = now();

  /** What has waited too long already has, whatever comes now. */
  function endAll(): void {
    for (const startedAt of waiting.values())
      if (now() - startedAt > MOST_MS) latencies.push(now() - startedAt);
    waiting.clear();
  }

  return {
    disturb(restMs) {
      endAll();
      quietFrom = Math.max(quietFrom, now() + restMs);
    },
    spoil() {
      endAll();
      quietFrom = Math.max(quietFrom, now() + FIRST_MINUTE_MS);
    },
    begin(event) {
      // A page that is left may post again what HubSpot has had in the meantime.
      const isAwaited = event.fate === undefined && event.appliedAt === undefined;
      if (isAwaited && now() >= quietFrom && !waiting.has(event)) waiting.set(event, now());
    },
    arrive(event) {
      const startedAt = waiting.get(event);
      if (startedAt === undefined) return;
      waiting.delete(event);
      latencies.push(now() - startedAt);
    },
    verdict() {
      endAll();
      if (latencies.length < ENOUGH) return undefined;
      latencies.sort((a, b) => a - b);
      const p99 = latencies[Math.floor(latencies.length * SHARE)] as number;
      if (p99 <= MOST_MS) return undefined;
      const late = latencies.filter((ms) => ms > MOST_MS).length;
      return `p99 of ${latencies.length} honest events is ${p99} ms, ${late} took longer than 5 s`;
    },
    samples: () => latencies.length,
  };
}
