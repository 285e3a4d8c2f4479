import { setTimeout as sleep } from 'node:timers/promises';
import { barOf } from '../progress.ts';
import type { AdminClient } from './admin-client.ts';

/**
 * Runs a replay, which the relay does in slices, and tells meanwhile how many dead letters have gone. About: others may die
 * meanwhile, and conditions may leave some.
 */
export async function watchReplay(
  { stats }: Pick<AdminClient, 'stats'>,
  replay: () => Promise<number>,
  tell: (text: string) => void,
  everyMs = 500,
): Promise<number> {
  const before = (await stats()).outbox.dead;
  const stop = new AbortController();
  const { signal } = stop;
  const watching = (async () => {
    while (await sleep(everyMs, true, { signal }).catch(() => false)) {
      // The order counts, not the look at it.
      const dead = await stats().then(
        ({ outbox }) => outbox.dead,
        () => undefined,
      );
      if (dead !== undefined) tell(`Requeueing ${barOf(Math.max(0, before - dead), before)}`);
    }
  })();
  try {
    return await replay();
  } finally {
    stop.abort();
    await watching;
  }
}
