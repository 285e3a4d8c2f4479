import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { StorageProblem } from '../storage-problem.ts';
import { reserveOf } from './reserve.ts';
import { migrate, recognise } from './schema.ts';

/** When SQLite writes the journal into the database: 16 MB. */
export const JOURNAL_PAGES = 4000;

/**
 * - WAL and synchronous=FULL: a commit is one append and one fsync, and survives a power cut.
 * - locking_mode=EXCLUSIVE: one process owns the file, so leases can live in memory, where they end with the process.
 *   It must stand before the first access in WAL mode: https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory
 * - cache_size: 12 MB, which bounds the memory for any number of events; the operating system caches the rest.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -12288;
  PRAGMA wal_autocheckpoint = ${JOURNAL_PAGES};
  PRAGMA journal_size_limit = 67108864;
`;

/**
 * Opens the file, alone. Waits for another process to let go of it: a deploy starts the new one while the old one drains.
 * @throws an Error that says what is wrong with the file and what to do
 */
export async function openDatabase(path: string, lockTimeoutMs: number): Promise<DatabaseSync> {
  const deadline = performance.now() + lockTimeoutMs;
  for (;;) {
    try {
      return open(path);
    } catch (error) {
      // The room that was kept for this: with it the file can be opened, and drained.
      if (isDiskFull(error) && existsSync(reserveOf(path))) {
        rmSync(reserveOf(path));
        continue;
      }
      const waits = primaryCode(error) === BUSY && performance.now() < deadline;
      if (!waits) throw new Error(messageFor(path, error), { cause: error });
      await delay(LOCK_POLL_MS);
    }
  }
}

function open(path: string): DatabaseSync {
  createPrivately(path);
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    recognise(db);
    db.exec(PRAGMAS);
    // Takes the lock: the pragmas alone write nothing.
    db.exec('BEGIN IMMEDIATE; COMMIT;');
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite gives its -wal file the permissions of the database. Events are personal data. */
function createPrivately(path: string): void {
  createFolder(dirname(resolve(path)));
  closeSync(openSync(path, 'a', 0o600));
}

/**
 * One by one, because Node's `recursive: true` asks for ever where a folder cannot be made and the system says ENOENT, as
 * below /proc.
 */
function createFolder(folder: string): void {
  if (existsSync(folder)) return;
  createFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  }
}

const BUSY = 5;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;
const LOCK_POLL_MS = 50;

/** https://www.sqlite.org/rescode.html */
const ADVICE = new Map([
  [
    BUSY,
    'Another process has it open. One file serves one relay: stop the other, or use Postgres for several.',
  ],
  [8, 'It is read-only: give the relay write permission on the file and its directory.'],
  [10, 'The disk failed to read or write. Check the disk and the file system.'],
  [
    CORRUPT,
    'It is damaged, and was left alone. Save what can be read: hubrelay rescue FILE FILE.rescued, then start the relay with OUTBOX_PATH=FILE.rescued.',
  ],
  [FULL, 'The disk is full. Free some space: the outbox then works again by itself.'],
  [14, 'It cannot be opened: check that the path is a file in a directory the relay may write to.'],
  [NOT_A_DATABASE, 'It is not a SQLite database. Use another path.'],
]);

const NO_PLACE =
  'It cannot be opened or created: name a file in a place where the relay may write.';

/** Says what is wrong with the file and what to do about it. */
export function messageFor(path: string, error: unknown): string {
  const { message, syscall } = error as NodeJS.ErrnoException;
  if (syscall) return `Outbox ${path}: ${NO_PLACE} (${message})`;
  const advice = ADVICE.get(primaryCode(error))?.replaceAll('FILE', path);
  return `Outbox ${path}: ${advice === undefined ? message : `${advice} (SQLite: ${message})`}`;
}

/** What a running relay says when SQLite meets damage in its file; undefined when the error tells of something else. */
export function damageOf(path: string, error: unknown): StorageProblem | undefined {
  const code = primaryCode(error);
  if (code !== CORRUPT && code !== NOT_A_DATABASE) return undefined;
  const { message } = error as Error;
  return {
    code: 'file_damaged',
    message: `Outbox ${path}: the file is damaged. Nothing is accepted any more, and what is stored may not be delivered. Stop the relay, save what can be read: hubrelay rescue ${path} ${path}.rescued, then start the relay with OUTBOX_PATH=${path}.rescued. (SQLite: ${message})`,
  };
}

export const isDiskFull = (error: unknown) => primaryCode(error) === FULL;

/** SQLite's extended codes have the primary one in their low byte. */
const primaryCode = (error: unknown) => ((error as { errcode?: number }).errcode ?? 0) & 0xff;
