import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OutboxUnavailableError } from '../outbox.ts';
import { migrate, recognise } from './schema.ts';

/**
 * - WAL and synchronous=FULL: a commit is one append and one fsync, and survives a power cut.
 * - locking_mode=EXCLUSIVE: one process owns the file, so leases can live in memory, where they end with the process.
 *   It must stand before the first access in WAL mode: https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory
 * - cache_size: holds the hot pages of the indexes on a million events, and bounds the memory for any number.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -32768;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 67108864;
`;

/** Leases: which claim holds an event, and until when. In memory. */
const LEASES = `
  CREATE TEMP TABLE lease (seq INTEGER PRIMARY KEY, claim INTEGER NOT NULL, until INTEGER NOT NULL);
  CREATE INDEX temp.lease_until ON lease (until);
`;

/** Opens the file, alone. @throws OutboxUnavailableError that says what to do. */
export function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    createPrivately(path);
    db = new DatabaseSync(path);
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    recognise(db);
    db.exec(PRAGMAS);
    // Takes the lock: the pragmas alone write nothing.
    db.exec('BEGIN IMMEDIATE; COMMIT;');
    migrate(db);
    db.exec(LEASES);
    return db;
  } catch (error) {
    db?.close();
    throw unavailable(path, error);
  }
}

/** SQLite gives its -wal file the permissions of the database. Events are personal data. */
function createPrivately(path: string): void {
  mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

/** https://www.sqlite.org/rescode.html */
const ADVICE = new Map([
  [
    5,
    'Another process has it open. One file serves one relay: stop the other, or use Postgres for several.',
  ],
  [8, 'It is read-only: give the relay write permission on the file and its directory.'],
  [10, 'The disk failed to read or write. Check the disk and the file system.'],
  [
    11,
    'It is damaged. Move it away, with its -wal file, and restore a copy; `sqlite3 FILE .recover` may save its events.',
  ],
  [13, 'The disk is full. Free some space: the outbox then works again by itself.'],
  [14, 'It cannot be opened: check that the path is a file in a directory the relay may write to.'],
  [26, 'It is no SQLite database. Use another path.'],
]);

/** Says what is wrong with the file and what to do about it. */
export function unavailable(path: string, cause: unknown): OutboxUnavailableError {
  const { errcode = 0, message = String(cause) } = cause as { errcode?: number; message?: string };
  // The low byte is the primary code.
  const advice = ADVICE.get(errcode & 0xff);
  const what = advice === undefined ? message : `${advice} (SQLite: ${message})`;
  return new OutboxUnavailableError(`Outbox ${path}: ${what}`, { cause });
}

export function isBusy(error: unknown): boolean {
  const cause = (error as Error).cause as { errcode?: number } | undefined;
  return ((cause?.errcode ?? 0) & 0xff) === 5;
}
