import type { DeadLetter, Outbox, OutboxStats } from '../../packages/relay/src/outbox/outbox.ts';

/** All that a storage holds. */
export interface Holdings {
  readonly pending: ReadonlySet<string>;
  readonly dead: ReadonlyMap<string, DeadLetter>;
  readonly stats: OutboxStats | undefined;
}

const EVERYTHING = { maxEvents: 1000, maxBytes: 2 ** 40, leaseMs: 2 ** 40 };

/** Finds out by the contract alone: whatever waits can be claimed sooner or later. */
export async function holdingsOf(outbox: Outbox | undefined): Promise<Holdings> {
  const pending = new Set<string>();
  const dead = new Map<string, DeadLetter>();
  if (outbox === undefined) return { pending, dead, stats: undefined };
  await outbox.resume();
  for (const from of ['fresh', 'suspects'] as const) {
    for (let isMore = true; isMore; ) {
      const claims = await outbox.claim({ from, ...EVERYTHING });
      for (const { event } of claims) pending.add(event.uuid);
      isMore = claims.length > 0;
    }
  }
  let cursor: string | undefined;
  do {
    const page = await outbox.listDead({ limit: 500, ...(cursor && { cursor }) });
    for (const letter of page.items) dead.set(letter.event.uuid, letter);
    cursor = page.next;
  } while (cursor !== undefined);
  return { pending, dead, stats: await outbox.stats() };
}
