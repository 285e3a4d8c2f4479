import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { openDatabase } from './database.ts';
import { journalOf } from './file-watch.ts';
import { recount } from './schema.ts';

/** What could be read of a damaged outbox. */
export interface Rescued {
  /** Events that wait for their delivery. */
  readonly pending: number;
  readonly dead: number;
  /** How often something could not be read and was skipped: a page or more each time. */
  readonly gaps: number;
}

type Row = Readonly<Record<string, SQLInputValue>> & { readonly seq: number };

const TABLES = ['pending', 'dead', 'delivered'] as const;
const ROWS = 500;

/**
 * Copies what can be read of a damaged outbox into a new one. The damaged file is only copied, not opened.
 * @param from the damaged file, of which no relay may run
 * @param to the new file; there may be none yet
 * @throws an Error that says what to do, when nothing can be read or `to` exists
 */
export async function rescueOutbox(from: string, to: string): Promise<Rescued> {
  if (existsSync(to)) throw new Error(`${to} exists already: name a new file.`);
  const copy = `${to}-damaged`;
  copyFileSync(from, copy);
  if (existsSync(journalOf(from))) copyFileSync(journalOf(from), journalOf(copy));
  const damaged = new DatabaseSync(copy);
  const db = await openDatabase(to, 0);
  try {
    return copyRows(damaged, db, from);
  } finally {
    db.close();
    damaged.close();
    for (const file of [copy, journalOf(copy), `${copy}-shm`]) rmSync(file, { force: true });
  }
}

function copyRows(damaged: DatabaseSync, db: DatabaseSync, from: string): Rescued {
  const counts = { pending: 0, dead: 0, delivered: 0 };
  const seen = new Set<unknown>();
  let gaps = 0;
  db.exec('BEGIN');
  for (const table of TABLES) {
    const insert = inserterInto(db, table);
    for (const row of readableRows(damaged, table, from)) {
      if (row === 'gap') gaps += 1;
      else {
        const identity = identityOf(row);
        if (identity === undefined || seen.has(identity)) continue;
        seen.add(identity);
        counts[table] += insert(row);
      }
    }
  }
  db.exec('COMMIT');
  recount(db);
  return { pending: counts.pending, dead: counts.dead, gaps };
}

/** Undefined: not a row of ours. A page that was written over may still look like rows. */
function identityOf({ key, uuid, event }: Row): string | undefined {
  if (event === undefined) return String(key);
  try {
    return `${uuid} ${JSON.parse(String(event)).eventName}`;
  } catch {
    return undefined;
  }
}

/** Takes the columns that the new file has, too: the damaged one may be older. */
function inserterInto(db: DatabaseSync, table: string): (row: Row) => number {
  const info = db.prepare(`PRAGMA table_info(${table})`).all();
  const known = info.map(({ name }) => String(name));
  return (row) => {
    const columns = known.filter((name) => row[name] !== undefined);
    const marks = columns.map(() => '?').join(', ');
    const insert = `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${marks})`;
    const { changes } = db.prepare(insert).run(...columns.map((name) => row[name] ?? null));
    return Number(changes);
  };
}

/**
 * Rows in the order of their numbers. Where a page cannot be read the numbers behind it are tried, in ever larger steps and
 * then back to the first that can be read.
 */
function* readableRows(
  damaged: DatabaseSync,
  table: string,
  from: string,
): Generator<Row | 'gap', void> {
  const read = readerOf(damaged, table, from);
  let next = 0;
  for (let limit = ROWS; ; ) {
    const rows = read(next, limit);
    if (rows?.length === 0) return;
    if (rows) {
      yield* rows;
      next = (rows.at(-1)?.seq ?? 0) + 1;
      limit = ROWS;
    } else if (limit > 1) limit = 1;
    else {
      yield 'gap';
      const behind = firstReadable(next, (seq) => read(seq, 1) !== undefined);
      if (behind === undefined) return;
      next = behind;
    }
  }
}

function readerOf(damaged: DatabaseSync, table: string, from: string) {
  try {
    const select = damaged.prepare(`SELECT * FROM ${table} WHERE seq >= ? ORDER BY seq LIMIT ?`);
    return (seq: number, limit: number): Row[] | undefined => {
      try {
        return select.all(seq, limit) as unknown as Row[];
      } catch {
        return undefined;
      }
    };
  } catch (error) {
    const cause = (error as Error).message;
    throw new Error(
      `${from}: its first page is damaged, and with it what says where its tables are (${cause}). Restore a copy.`,
      { cause: error },
    );
  }
}

function firstReadable(bad: number, isReadable: (seq: number) => boolean): number | undefined {
  let low = bad;
  let step = 1;
  while (!isReadable(low + step)) {
    low += step;
    step *= 2;
    if (step > Number.MAX_SAFE_INTEGER / 4) return undefined;
  }
  let high = low + step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isReadable(middle)) high = middle;
    else low = middle;
  }
  return high;
}
