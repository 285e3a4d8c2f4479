import type { ServiceFault } from '../hubspot/effect.ts';
import type { Readiness, RelayProcess } from '../relays/relay-process.ts';
import type { World } from '../world.ts';

/** When an event has waited so long, a relay is not ready by default; and a minute until somebody looks. */
const MOST_MS = 900_000 + 60_000;

/**
 * `/readyz` tells of every state in which nothing is delivered: while two events wait and nothing has arrived for a quarter of an hour, no
 * relay is ready, and one at least says why and when it looks again.
 */
export async function expectTold(world: World): Promise<void> {
  const { ledger, scheduler, storage } = world;
  const relays = world.relays.filter((relay) => isJudged(relay, scheduler.now()));
  if (storage === undefined || storage.isDisturbed || relays.length === 0) return;
  if (!isStill(world)) return;
  const answers = await Promise.all(relays.map((relay) => relay.readiness()));
  const told = answers.filter((answer) => answer !== undefined);
  if (!isStill(world) || storage.isDisturbed || told.length < relays.length) return;
  const since = `nothing has arrived since ${new Date(ledger.lastAppliedAt()).toISOString()}`;
  if (told.some(({ ready }) => ready)) ledger.violate('is told', `${since}, and a relay is ready`);
  else if (!told.some(isExplained))
    ledger.violate('is told', `${since}, and no relay says why: ${JSON.stringify(told)}`);
}

/** Its clock is right, and it has had time to find out. */
function isJudged({ upSince, skewMs }: RelayProcess, now: number): boolean {
  return skewMs === 0 && upSince !== undefined && now - upSince > MOST_MS;
}

/** Several events wait, and nothing has arrived for long. One may itself be at fault, for all that a relay knows. */
function isStill({ ledger, scheduler }: World): boolean {
  const now = scheduler.now();
  const [, second] = ledger.outstanding;
  const waitsSince = second?.acknowledgedAt ?? now;
  return now - Math.max(waitsSince, ledger.lastAppliedAt()) > MOST_MS;
}

/** With its cause, and when it looks again; an operator's pause has no such time. */
function isExplained({ lane }: Readiness): boolean {
  const { state, cause, probeAt } = lane;
  return state !== 'open' && cause !== undefined && (cause === 'operator' || probeAt !== undefined);
}

/** So many calls tell even a relay without storage, where every visitor waits for their own events only. */
const ENOUGH_CALLS = 20;

/** A direct relay tells, too, at the end of an outage in which it has been asked often. */
export function expectDirectTold(fault: ServiceFault, forMs: number, world: World): void {
  const { plan, hubspot, scheduler, ledger, relays } = world;
  const [relay, ...others] = relays;
  if (plan.store !== 'direct' || relay === undefined || others.length > 0) return;
  const before = hubspot.calls();
  scheduler.schedule(async () => {
    const isLooking = scheduler.now() - hubspot.lastCallAt() < 60_000;
    if (hubspot.fault !== fault || !isLooking || hubspot.calls() - before < ENOUGH_CALLS) return;
    const told = await relay.readiness();
    if (told && hubspot.fault === fault && !isExplained(told))
      ledger.violate('is told', `${fault.name}, and the relay says ${JSON.stringify(told)}`);
  }, forMs - 1000);
}
