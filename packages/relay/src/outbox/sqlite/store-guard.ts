import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StorageProblem } from '../storage-problem.ts';
import { JOURNAL_PAGES } from './database.ts';
import { type FileChange, FileWatch, journalOf } from './file-watch.ts';
import { Reserve } from './reserve.ts';

/** Of one request: where that does not fit, little does. */
const USUAL_BYTES = 65_536;

/** Free bytes of a disk. */
const SMALL_DISK_BYTES = 256 * 2 ** 20;
const SHORT_JOURNAL_PAGES = 500;

/** Says whether it is safe to store more: whether the file is still there, and room to deliver what is in it. */
export class StoreGuard {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #files: FileWatch;
  readonly #reserve: Reserve;
  readonly #freePages: StatementSync;
  readonly #pageBytes: number;
  #isSmall = false;

  constructor(db: DatabaseSync, path: string, reserveBytes: number) {
    this.#db = db;
    this.#path = path;
    this.#freePages = db.prepare('PRAGMA freelist_count');
    this.#pageBytes = Number(db.prepare('PRAGMA page_size').get()?.page_size);
    this.#reserve = new Reserve(path, reserveBytes);
    this.#files = new FileWatch(path);
  }

  /** Why so many bytes of JSON may not be stored. */
  problem(jsonBytes = USUAL_BYTES): StorageProblem | undefined {
    const change = this.#files.change();
    if (change !== undefined) return changed(this.#path, change);
    const { journalBytes } = this.#files;
    const freeBytes = Number(this.#freePages.get()?.freelist_count) * this.#pageBytes;
    const hasRoom = this.#reserve.hasRoomFor(jsonBytes, { journalBytes, freeBytes });
    return hasRoom ? undefined : this.diskLow();
  }

  /** Of a small disk the journal takes a small part: what it holds is there twice until it is checkpointed. */
  #fitJournal(): void {
    const isSmall = this.#reserve.diskBytes() < SMALL_DISK_BYTES;
    if (isSmall === this.#isSmall) return;
    this.#isSmall = isSmall;
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${this.#journalPages()}`);
    if (isSmall) this.#emptyJournal();
  }

  /** So many pages of the journal are written into the database at once. */
  #journalPages(): number {
    return this.#isSmall ? SHORT_JOURNAL_PAGES : JOURNAL_PAGES;
  }

  /** The same before a transaction, where room can be taken back. */
  problemBefore(jsonBytes: number): StorageProblem | undefined {
    const isSound = this.#files.change() === undefined;
    if (isSound) this.#fitJournal();
    if (isSound && this.#reserve.isWanted() && this.#emptyJournal()) this.#reserve.restore();
    return this.problem(jsonBytes);
  }

  /** What happened to the file during a transaction. */
  problemAfter(): StorageProblem | undefined {
    const change = this.#files.changeBeside(this.#journalPages() * this.#pageBytes);
    return change && changed(this.#path, change);
  }

  /** After a write failed for want of room. @returns whether there is room now */
  makeRoom(): boolean {
    // A short journal: what delivering writes begins at its start again.
    return this.#reserve.release() && this.#emptyJournal();
  }

  diskLow(): StorageProblem {
    return {
      code: 'disk_low',
      message: `Outbox ${this.#path}: its disk is nearly full. Free some space. Until then nothing is accepted; what is stored is delivered, and accepting goes on by itself.`,
    };
  }

  /** @param closeDatabase writes the journal into the database */
  close(closeDatabase: () => void): void {
    this.#files.change();
    this.#files.setJournalAside();
    closeDatabase();
    this.#files.close();
  }

  /** @returns whether the journal could be written into the database */
  #emptyJournal(): boolean {
    try {
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      return true;
    } catch {
      return false;
    } finally {
      this.#files.changeBeside(0);
    }
  }
}

const CHANGES: Readonly<Record<FileChange, Omit<StorageProblem, 'message'> & { what: string }>> = {
  gone: {
    code: 'file_gone',
    what: 'the file or its -wal file was deleted, moved or replaced while the relay runs. Nothing is accepted any more; what was stored is still delivered. Let it drain, then restart the relay.',
  },
  overwritten: {
    code: 'file_overwritten',
    what: 'something else wrote over the file while the relay runs. Nothing is accepted or delivered any more, and the file is left alone. Put the right file there and restart the relay',
  },
};

function changed(path: string, change: FileChange): StorageProblem {
  const { code, what } = CHANGES[change];
  const aside =
    change === 'overwritten' ? `; its last events are in ${journalOf(path)}-set-aside.` : '';
  return { code, message: `Outbox ${path}: ${what}${aside}` };
}
