import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStep } from '@hubrelay/relay';
import { CommandError } from '../cli-command.ts';
import type { AdminClient } from './admin-client.ts';

export interface FollowOptions {
  readonly admin: Pick<AdminClient, 'tail'>;
  /** Conditions, as the relay takes them. */
  readonly query: Readonly<Record<string, string>>;
  /** Begin with what the relay remembers. @default with what happens from now on */
  readonly fromStart?: boolean;
  readonly everyMs: number;
  readonly tell: (step: EventStep) => void;
  /** What a person should know beside it. */
  readonly note: (sentence: string) => void;
  readonly signal: AbortSignal;
}

const LIMIT = '500';

/**
 * Tells steps as they happen, until the signal.
 * @throws CommandError when the first look fails; later ones are told once and repeated, because a relay restarts
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { admin, query, fromStart, everyMs, tell, note, signal } = options;
  /** Undefined: the next look begins with what happens from then on. */
  let cursor: string | undefined = fromStart ? '0' : undefined;
  let hasAnswered = false;
  let problem: string | undefined;
  while (!signal.aborted) {
    try {
      const after = cursor === undefined ? {} : { after: cursor };
      const page = await admin.tail({ ...query, ...after, limit: LIMIT });
      if (page.missed) note(MISSED);
      for (const step of page.items) tell(step);
      cursor = page.next;
      hasAnswered = true;
      problem = undefined;
      if (page.hasMore) continue;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof CommandError) || !hasAnswered) throw error;
      if (error.message !== problem) note(error.message);
      problem = error.message;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
}

const MISSED =
  'Some steps are missing here: the relay was restarted, or more happened than it remembers.';
