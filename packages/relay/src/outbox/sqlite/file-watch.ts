import {
  type BigIntStats,
  closeSync,
  copyFileSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs';

/** What another program did to the file of an open database. Closed. */
export type FileChange =
  /** Deleted, moved or replaced: what is open is another file, which ends with the process. */
  | 'gone'
  /** Written over or shortened in its place: what is read from it may be anything. */
  | 'overwritten';

/**
 * What is compared when another program has touched the database. Its header alone would not do: two young outboxes have the same
 * (https://www.sqlite.org/fileformat2.html#the_database_header).
 */
const BEGINNING_BYTES = 65_536;

/**
 * Notices what happens to the database's files while they are open: SQLite goes on writing to a file that has no name any
 * more. This process alone may write them, so whatever changed between two of its transactions was changed by others.
 */
export class FileWatch {
  readonly #path: string;
  /**
   * Kept open until the database is closed: a process that closes any of its descriptors of a file loses its locks on it
   * (https://www.sqlite.org/howtocorrupt.html, 2.2).
   */
  readonly #fd: number;
  #database: BigIntStats | undefined;
  #beginning: Buffer;
  #journal: BigIntStats | undefined;
  #change: FileChange | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'r');
    this.#beginning = this.#readBeginning();
    this.#database = statOf(path);
    this.#journal = statOf(journalOf(path));
  }

  /** Bytes of the journal at the last look. */
  get journalBytes(): number {
    return Number(this.#journal?.size ?? 0n);
  }

  /** Before a transaction: what has been done to the files since the last. Stays so once it has. */
  change(): FileChange | undefined {
    this.#change ??= this.#look(statOf(this.#path), statOf(journalOf(this.#path)), false);
    return this.#change;
  }

  /**
   * After a transaction of our own. It writes to the journal; to the database only when the journal has grown to
   * `checkpointBytes` and is written into it, and it never shortens or replaces the database.
   */
  changeBeside(checkpointBytes: number): FileChange | undefined {
    const [database, journal] = [statOf(this.#path), statOf(journalOf(this.#path))];
    const mayHaveWritten = [journal, this.#journal].some(
      (it) => it !== undefined && it.size >= checkpointBytes,
    );
    this.#change ??= this.#look(database, journal, mayHaveWritten);
    if (this.#change !== undefined) return this.#change;
    if (database?.mtimeNs !== this.#database?.mtimeNs) this.#beginning = this.#readBeginning();
    this.#database = database;
    this.#journal = journal;
    return undefined;
  }

  /**
   * Before a database that was written over is closed: its journal must not be written into what is there now, nor be found
   * beside it later. It is kept under another name.
   */
  setJournalAside(): void {
    if (this.#change !== 'overwritten' || this.#journal === undefined) return;
    copyFileSync(journalOf(this.#path), `${journalOf(this.#path)}-set-aside`);
    truncateSync(journalOf(this.#path));
  }

  /** After the database was closed. */
  close(): void {
    closeSync(this.#fd);
  }

  #look(
    database: BigIntStats | undefined,
    journal: BigIntStats | undefined,
    mayHaveWritten: boolean,
  ): FileChange | undefined {
    if (!isSame(database, this.#database)) return 'gone';
    if (this.#journal !== undefined && !isSame(journal, this.#journal)) return 'gone';
    if (isShorter(database, this.#database)) return 'overwritten';
    if (mayHaveWritten) return undefined;
    if (isShorter(journal, this.#journal)) return 'overwritten';
    const isTouched = database?.mtimeNs !== this.#database?.mtimeNs;
    return isTouched && !this.#readBeginning().equals(this.#beginning) ? 'overwritten' : undefined;
  }

  #readBeginning(): Buffer {
    const beginning = Buffer.alloc(BEGINNING_BYTES);
    readSync(this.#fd, beginning, 0, BEGINNING_BYTES, 0);
    return beginning;
  }
}

export const journalOf = (path: string) => `${path}-wal`;

const statOf = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false });

function isSame(now: BigIntStats | undefined, before: BigIntStats | undefined): boolean {
  return now?.ino === before?.ino && now?.dev === before?.dev;
}

function isShorter(now: BigIntStats | undefined, before: BigIntStats | undefined): boolean {
  return now !== undefined && before !== undefined && now.size < before.size;
}
