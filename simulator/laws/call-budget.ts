import type { ServiceFault } from '../hubspot/effect.ts';
import type { World } from '../world.ts';

const HOUR_MS = 3_600_000;
const MOST_CALLS: Record<ServiceFault['kind'], number> = { down: 100, denied: 60, limited: 60 };

/** A fault of the whole service costs few calls: of each relay at most so many in its first hour. */
export function budgetCalls(
  fault: ServiceFault,
  { plan, hubspot, scheduler, ledger }: World,
): void {
  if (plan.store === 'direct') return;
  const before = hubspot.calls();
  const most = MOST_CALLS[fault.kind] * plan.relays;
  scheduler.schedule(() => {
    const calls = hubspot.calls() - before;
    if (hubspot.fault === fault && calls > most)
      ledger.violate(
        'few calls',
        `${calls} calls in an hour of ${fault.name}, at most ${most} are due`,
      );
  }, HOUR_MS - 1);
}
