import type { EventKey } from '../../hubspot/event.ts';
import type { SenderKind } from '../event-key.ts';
import type { EnqueueResult } from '../outbox.ts';
import { isAboutValues } from './database.ts';

export interface Entry {
  readonly uuid: string;
  readonly key: EventKey;
  readonly sender: SenderKind;
  readonly json: string;
  readonly bytes: number;
  readonly utk: string | null;
}

/** Stores the events in one transaction. @returns the keys that were new */
export type StoreEntries = (entries: readonly Entry[]) => Promise<ReadonlySet<EventKey>>;

interface Waiting {
  readonly entries: readonly Entry[];
  readonly resolve: (result: EnqueueResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Events per transaction: bounds the memory of one statement. */
const MAX_GROUP = 2000;

/**
 * Gathers the calls of one process into groups, one under way at a time: one round trip and one fsync for all. A group
 * that does not fit is stored call by call, so that a call that is too large is refused alone. When the storage itself
 * does not work all are refused at once: asked one by one they would wait for its timeouts one after the other.
 */
export function groupEnqueues(store: StoreEntries) {
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // Lets the other calls of this turn of the event loop join the group.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await storeGroup(takeGroup());
    running = undefined;
  }

  function takeGroup(): Waiting[] {
    let events = 0;
    const fitting = waiting.findIndex(({ entries }) => {
      events += entries.length;
      return events > MAX_GROUP;
    });
    return waiting.splice(0, fitting === -1 ? waiting.length : Math.max(1, fitting));
  }

  async function storeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      await storeTogether(group);
    } catch (error) {
      if (group.length === 1 || !isAboutValues(error)) {
        for (const { reject } of group) reject(error);
      } else for (const call of group) await storeGroup([call]);
    }
  }

  /** The first call that brought an event is the one that stored it. */
  async function storeTogether(group: readonly Waiting[]): Promise<void> {
    const byKey = new Map<EventKey, Entry>();
    for (const { entries } of group) {
      for (const entry of entries) if (!byKey.has(entry.key)) byKey.set(entry.key, entry);
    }
    const unclaimed = new Set(await store([...byKey.values()]));
    for (const { entries, resolve } of group) {
      const stored = entries.filter(({ key }) => unclaimed.delete(key)).length;
      resolve({ stored, known: entries.length - stored });
    }
  }

  return {
    enqueue(entries: readonly Entry[]): Promise<EnqueueResult> {
      return new Promise((resolve, reject) => {
        waiting.push({ entries, resolve, reject });
        running ??= run();
      });
    },

    /** Resolves when everything that was called is settled. */
    idle: async (): Promise<void> => running,
  };
}
