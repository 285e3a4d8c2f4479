import type { Ledger } from '../laws/ledger.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Effect, ServiceFault } from './effect.ts';

/** Whether a relay comes back before it was told to. */
export interface Patience {
  heard(effect: Effect): void;
  called(fault: ServiceFault | undefined): void;
}

/** Of one life of a relay: calls that were on their way, the backlog of a start, and some that find out whether it is only about certain events. */
const MOST_EARLY = 80;
/** What is longer is looked at again before, on purpose. */
const LONGEST_MS = 900_000;

export function createPatience(tools: {
  readonly scheduler: Scheduler;
  readonly ledger: Ledger;
}): Patience {
  const { scheduler, ledger } = tools;
  let told: { readonly by: Effect; readonly until: number } | undefined;
  let early = 0;

  return {
    heard(effect) {
      const waitMs = Number(effect.retryAfter) * 1000;
      if (!(waitMs > 0) || told?.by === effect) return;
      told = { by: effect, until: scheduler.now() + Math.min(waitMs, LONGEST_MS) };
      early = 0;
    },
    called(fault) {
      if (fault === undefined || told?.by !== fault) return;
      if (scheduler.now() >= told.until) {
        told = undefined;
        return;
      }
      early += 1;
      if (early > MOST_EARLY)
        ledger.violate(
          'waits as told',
          `${early} calls before the Retry-After of ${fault.name} is over`,
        );
    },
  };
}
