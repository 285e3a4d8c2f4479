import { setTimeout as sleep } from 'node:timers/promises';
import { type VerifiedEvent, verifyEvents } from '@hubrelay/relay';
import type { AdminClient } from '../admin/admin-client.ts';
import { CommandError } from '../cli-command.ts';

/** Of what was checked, so much is remembered, so that each event is told once. */
const MOST_REMEMBERED = 10_000;

export interface WatchOptions {
  readonly admin: AdminClient;
  readonly verify: Omit<Parameters<typeof verifyEvents>[1], 'onVerdict'>;
  readonly lastMs: number;
  readonly sample: number;
  readonly everyMs: number;
  readonly tell: (event: VerifiedEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Checks what was delivered meanwhile, again and again; an event that is not shown yet is asked for again until it is decided.
 * @throws CommandError when the first look fails; later ones are told and repeated
 */
export async function watch(options: WatchOptions): Promise<void> {
  const { admin, verify, lastMs, sample, everyMs, tell, signal } = options;
  const told = new Map<string, string>();
  async function look(): Promise<void> {
    const after = new Date(Date.now() - lastMs).toISOString();
    const { items } = await admin.listDelivered({ after, limit: String(sample) });
    const open = items.filter(({ event }) => isOpen(told.get(event.uuid)));
    const verified = await verifyEvents(open, verify);
    if (!verified.ok) throw new CommandError(verified.problem);
    for (const one of verified.events) {
      if (told.get(one.event.uuid) !== one.state) tell(one);
      told.set(one.event.uuid, one.state);
    }
    for (const uuid of [...told.keys()].slice(0, -MOST_REMEMBERED)) told.delete(uuid);
  }

  await look();
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    // What worked once may work again: a relay restarts, HubSpot has an outage.
    await look().catch(sayProblem);
  }
}

function sayProblem(error: Error): void {
  if (!(error instanceof CommandError)) throw error;
  console.error(error.message);
}

const isOpen = (state: string | undefined) => state === undefined || state === 'not_shown_yet';
