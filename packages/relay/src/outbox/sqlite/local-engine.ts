import { openDatabase } from './database.ts';
import type { Engine } from './engine.ts';
import { SqliteStore, type StoreOptions } from './store.ts';

export interface EngineOptions extends StoreOptions {
  readonly lockTimeoutMs: number;
}

/** The store in this thread. */
export async function openLocally(options: EngineOptions): Promise<Engine> {
  const db = await openDatabase(options.path, options.lockTimeoutMs);
  const store = new SqliteStore(db, options);
  return {
    transact: async (group) => store.transact(group),
    close: async () => db.close(),
  };
}
