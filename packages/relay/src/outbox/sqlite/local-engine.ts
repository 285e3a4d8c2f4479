import type { DatabaseSync } from 'node:sqlite';
import { messageFor, openDatabase } from './database.ts';
import type { Engine } from './engine.ts';
import { SqliteStore, type StoreOptions } from './store.ts';

export interface EngineOptions extends StoreOptions {
  readonly lockTimeoutMs: number;
}

/** The store in this thread. */
export async function openLocally(options: EngineOptions): Promise<Engine> {
  const db = await openDatabase(options.path, options.lockTimeoutMs);
  const store = storeOn(db, options);
  return {
    transact: async (group) => store.transact(group),
    close: async () => store.close(),
  };
}

/** Damage may be found only by what is read first. */
function storeOn(db: DatabaseSync, options: StoreOptions): SqliteStore {
  try {
    return new SqliteStore(db, options);
  } catch (error) {
    db.close();
    throw new Error(messageFor(options.path, error), { cause: error });
  }
}
