import { DatabaseSync } from 'node:sqlite';
import { type OutboxLimits, resolveLimits } from '../../packages/relay/src/outbox/limits.ts';
import type { Outbox } from '../../packages/relay/src/outbox/outbox.ts';
import {
  type OutboxClock,
  type OutboxTime,
  outboxClock,
} from '../../packages/relay/src/outbox/outbox-clock.ts';
import type { Engine } from '../../packages/relay/src/outbox/sqlite/engine.ts';
import { outboxOn } from '../../packages/relay/src/outbox/sqlite/outbox-on-engine.ts';
import { migrate } from '../../packages/relay/src/outbox/sqlite/schema.ts';
import { type Guard, SqliteStore } from '../../packages/relay/src/outbox/sqlite/store.ts';
import type { Random } from '../time/random.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Life } from './life.ts';
import { AUDIT_MS, delayOf, type Storage, type StorageFault } from './storage.ts';

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
  let inUse: { readonly db: DatabaseOnDisk; readonly outbox: Outbox } | undefined;

  const diskMs = () => 0.3 + random.exponential(0.5) + delayOf(fault, random);

  /** The thread of the store: a way there, the disk, a way back. */
  function engineOn(store: SqliteStore, disk: Disk, life: Life): Engine {
    return {
      transact: (group) =>
        new Promise((resolve) => {
          scheduler.schedule(() => {
            if (life.isOver) return;
            disk.isFull = fault === 'full' || (fault === 'unanswered' && random.chance(0.3));
            const results = store.transact(group);
            disk.isFull = false;
            life.clock.schedule(() => resolve(results), diskMs());
          }, diskMs());
        }),
      close: async () => {},
    };
  }

  function openStore(): [SqliteStore, DatabaseOnDisk] {
    const db = openFile(path);
    const options = { path, limits, mergeAt, reserveBytes: 0 };
    return [new SqliteStore(db, options, guardOf(db, path)), db];
  }

  /** The store without a thread or a disk before it. */
  function atOnce(store: SqliteStore, clock: OutboxClock): Outbox {
    const transact: Engine['transact'] = async (group) => store.transact(group);
    return outboxOn({ transact, close: async () => {} }, { path, clock, limits });
  }

  return {
    open(life) {
      const [store, db] = openStore();
      const { now: wall, monotonic } = life.clock;
      const clock = outboxClock({ wall, monotonic }, lastTimeIn(store));
      inUse = { db, outbox: atOnce(store, clock) };
      return outboxOn(engineOn(store, db.disk, life), { path, clock, limits });
    },
    openForAudit() {
      const [store, db] = openStore();
      const clock = outboxClock(
        { wall: scheduler.now, monotonic: scheduler.now },
        lastTimeIn(store),
      );
      const ahead = { ...clock, now: () => clock.now() + AUDIT_MS };
      inUse = { db, outbox: atOnce(store, ahead) };
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
    get isDisturbed() {
      return fault !== undefined;
    },
    close() {
      inUse?.db.close();
      anchor.close();
    },
  };
}

/** As every opening asks, but without the way to the thread. */
function lastTimeIn(store: SqliteStore): OutboxTime | undefined {
  const [last] = store.transact([{ action: 'lastTime', args: [] }]);
  return last && 'value' in last ? (last.value as OutboxTime | undefined) : undefined;
}

/** https://www.sqlite.org/rescode.html#full */
const FULL = 13;

interface Disk {
  isFull: boolean;
  /** The file that keeps room for what makes room. */
  hasReserve: boolean;
}

/** On a disk that may have no room for what is committed to it. */
class DatabaseOnDisk extends DatabaseSync {
  readonly disk: Disk = { isFull: false, hasReserve: true };

  override exec(sql: string): void {
    if (this.disk.isFull && sql === 'COMMIT') {
      throw Object.assign(new Error('database or disk is full'), { errcode: FULL });
    }
    super.exec(sql);
  }
}

/** The store's guard looks at real files and real disks. This one tells of ours. */
function guardOf({ disk }: DatabaseOnDisk, path: string): Guard {
  const diskLow = () => ({
    code: 'disk_low' as const,
    message: `Outbox ${path}: its disk is full.`,
  });
  return {
    problem: () => (disk.hasReserve ? undefined : diskLow()),
    problemBefore() {
      if (!disk.isFull) disk.hasReserve = true;
      return disk.hasReserve ? undefined : diskLow();
    },
    problemAfter: () => undefined,
    makeRoom() {
      const hadReserve = disk.hasReserve;
      disk.hasReserve = false;
      disk.isFull = false;
      return hadReserve;
    },
    diskLow,
    close: (closeDatabase) => closeDatabase(),
  };
}

/** SQLite's own file system in memory, https://www.sqlite.org/src/file/src/memdb.c: connections share a file by its name. */
function openFile(path: string): DatabaseOnDisk {
  return new DatabaseOnDisk(`file:${path}?vfs=memdb`);
}
