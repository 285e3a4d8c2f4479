import { DatabaseSync } from 'node:sqlite';
import { type OutboxLimits, resolveLimits } from '../../packages/relay/src/outbox/limits.ts';
import type { Outbox } from '../../packages/relay/src/outbox/outbox.ts';
import type { Engine } from '../../packages/relay/src/outbox/sqlite/engine.ts';
import { outboxOn } from '../../packages/relay/src/outbox/sqlite/outbox-on-engine.ts';
import { migrate } from '../../packages/relay/src/outbox/sqlite/schema.ts';
import { SqliteStore } from '../../packages/relay/src/outbox/sqlite/store.ts';
import type { Random } from '../time/random.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Life } from './life.ts';
import { AUDIT_MS, type Storage, type StorageFault } from './storage.ts';

let files = 0;

/**
 * The real SQLite store on a file in memory. The process that has it open may die at any time: its connection is closed then,
 * which takes back what was not committed, and the next process opens a connection of its own.
 */
export function createSqliteFile(
  scheduler: Scheduler,
  random: Random,
  { mergeAt, ...given }: OutboxLimits & { readonly mergeAt: number },
): Storage & { close(): void } {
  const path = `/outbox-${files++}`;
  const limits = resolveLimits(given);
  const anchor = openFile(path);
  migrate(anchor);
  let fault: StorageFault | undefined;
  let inUse: { readonly db: FaultyDatabase; readonly outbox: Outbox } | undefined;

  const diskMs = () =>
    0.3 + random.exponential(0.5) + (fault === 'slow' ? random.between(100, 4000) : 0);

  /** The thread of the store: a way there, the disk, a way back. */
  function engineOn(store: SqliteStore, db: FaultyDatabase, life: Life): Engine {
    return {
      transact: (group) =>
        new Promise((resolve) => {
          scheduler.schedule(() => {
            if (life.isOver) return;
            db.isFull = fault === 'full' || (fault === 'unanswered' && random.chance(0.3));
            const results = store.transact(group);
            db.isFull = false;
            life.clock.schedule(() => resolve(results), diskMs());
          }, diskMs());
        }),
      close: async () => {},
    };
  }

  /** The store without a thread or a disk before it. */
  function atOnce(store: SqliteStore, clock: () => number): Outbox {
    const transact: Engine['transact'] = async (group) => store.transact(group);
    return outboxOn({ transact, close: async () => {} }, { path, clock, limits });
  }

  return {
    open(life) {
      const db = openFile(path);
      const store = new SqliteStore(db, { path, limits, mergeAt });
      const clock = life.clock.now;
      inUse = { db, outbox: atOnce(store, clock) };
      return outboxOn(engineOn(store, db, life), { path, clock, limits });
    },
    openForAudit() {
      const db = openFile(path);
      const store = new SqliteStore(db, { path, limits, mergeAt });
      inUse = { db, outbox: atOnce(store, () => scheduler.now() + AUDIT_MS) };
      return inUse.outbox;
    },
    release() {
      inUse?.db.close();
      inUse = undefined;
    },
    get undisturbed() {
      return inUse?.outbox;
    },
    disturb(next) {
      fault = next;
    },
    close() {
      inUse?.db.close();
      anchor.close();
    },
  };
}

/** https://www.sqlite.org/rescode.html#full */
const FULL = 13;

/** A disk that has no room for what is committed to it. */
class FaultyDatabase extends DatabaseSync {
  isFull = false;

  override exec(sql: string): void {
    if (this.isFull && sql === 'COMMIT') {
      throw Object.assign(new Error('database or disk is full'), { errcode: FULL });
    }
    super.exec(sql);
  }
}

/** SQLite's own file system in memory, https://www.sqlite.org/src/file/src/memdb.c: connections share a file by its name. */
function openFile(path: string): FaultyDatabase {
  return new FaultyDatabase(`file:${path}?vfs=memdb`);
}
