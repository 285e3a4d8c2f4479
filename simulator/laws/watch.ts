import type { World } from '../world.ts';
import { expectTold } from './told.ts';

/** By then it is a dead letter, which is looked at in the end. */
const HORIZON_MS = 48 * 3_600_000;
/** So often in a run, but at least every minute and at most every five seconds. */
const LOOKS = 240;
/** For the call itself, its answer, and what had to wait for the look. */
const SLACK_MS = 60_000;
/** The longest pause between two looks at a passing fault. */
const TURN_MS = 120_000;

/** Looks at a world again and again, as long as it runs. */
export function watch(world: World): void {
  const { scheduler, plan } = world;
  const everyMs = Math.min(60_000, Math.max(5000, plan.loadMs / LOOKS));
  const look = () => {
    void expectSum(world);
    expectArrival(world);
    void expectTold(world);
    scheduler.schedule(look, everyMs);
  };
  scheduler.schedule(look, everyMs);
}

/** Accepted = delivered + dead + pending + removed. */
async function expectSum({ storage, ledger }: World): Promise<void> {
  // A relay may be killed while it is asked.
  const stats = await storage?.undisturbed?.stats().catch(() => undefined);
  if (stats === undefined) return;
  const { accepted, delivered, dead, pending, removed } = stats;
  if (accepted !== delivered + dead + pending + removed)
    ledger.violate('sum', `${accepted} accepted, but ${JSON.stringify(stats)}`);
}

/**
 * While HubSpot does not take events somebody looks again within a quarter of an hour (an hour for a migration or a daily
 * limit); and that long after the end of all trouble no honest event waits any more. One that has failed looks like those at
 * fault, and where no others come they have their turns one at a time.
 */
function expectArrival({ scheduler, ledger, hubspot, trouble, storage }: World): void {
  const [oldest] = ledger.outstanding;
  if (oldest === undefined || storage === undefined || trouble.isPaused) return;
  const now = scheduler.now();
  if (now - (oldest.acknowledgedAt ?? now) >= HORIZON_MS) {
    ledger.giveUp(oldest);
    return;
  }
  const since = Math.max(oldest.acknowledgedAt ?? now, trouble.endedAt);
  const turns = oldest.calls > 0 ? ledger.atFault.size : 0;
  const mostMs = trouble.lookMs + SLACK_MS + turns * TURN_MS;
  const waited = now - since;
  const unlooked = now - Math.max(since, hubspot.lastCallAt());
  const isHubSpotAlone = hubspot.fault !== undefined && trouble.active === 1;
  if (trouble.active === 0 && waited > mostMs)
    ledger.violate('arrives', `${oldest.uuid} waits ${seconds(waited)} though nothing ails`);
  if (isHubSpotAlone && unlooked > trouble.lookMs + SLACK_MS)
    ledger.violate('looks again', `no call to HubSpot for ${seconds(unlooked)}`);
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
