import type { World } from './world.ts';

/** What ails now, and what did last: what may be asked of a relay depends on it. */
export interface Trouble {
  /** How many faults of anything but certain events are under way. */
  active: number;
  endedAt: number;
  /** How long a relay may still wait for its next look at HubSpot. */
  lookMs: number;
  isPaused: boolean;
}

/** A relay that was down looks into its storage at once, and a page comes back to it within a minute. */
export const REST_MS = 60_000;
/** Without a better reason a relay waits no longer for a look at HubSpot. */
export const LOOK_MS = 900_000;

/** Something ails for `forMs`, until `undo`; then the relays get `restMs` to see that it is over. */
export function ail(world: World, forMs: number, restMs: number, undo = () => {}): void {
  const { trouble, quiet, scheduler } = world;
  const isLongOver = trouble.active === 0 && scheduler.now() > trouble.endedAt + trouble.lookMs;
  if (isLongOver) trouble.lookMs = 0;
  trouble.active += 1;
  trouble.lookMs = Math.max(trouble.lookMs, restMs);
  quiet.disturb(forMs + restMs + REST_MS);
  scheduler.schedule(() => {
    undo();
    trouble.active -= 1;
    trouble.endedAt = scheduler.now();
  }, forMs);
}

/** From here on there are events at fault: an honest one that was in a call with them may have to wait for its turn. */
export function spoil({ trouble, quiet }: World): void {
  quiet.spoil();
  trouble.lookMs = Math.max(trouble.lookMs, LOOK_MS);
}
