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

type Row = Readonly<Record<string, SQLInputValue>> & { readonly number: number };

/** In this order: of an event that stands in two, the first counts. */
const TABLES = ['pending', 'dead', 'delivered', 'open_claim', 'pause'] as const;
type Table = (typeof TABLES)[number];
const ROWS = 500;

/**
 * Copies what can be read of a damaged outbox into a new one. The damaged file is only copied, not opened.
 * @param from the damaged file, of which no relay may run
 * @param to the new file; there may be none yet
 * @param onRow hears how many events and dead letters have been copied so far
 * @throws an Error that says what to do, when nothing can be read or `to` exists
 */
export async function rescueOutbox(
  from: string,
  to: string,
  onRow: (copied: number) => void = () => {},
): Promise<Rescued> {
  if (existsSync(to)) throw new Error(`${to} exists already: name a new file.`);
  const copy = `${to}-damaged`;
  copyFileSync(from, copy);
  if (existsSync(journalOf(from))) copyFileSync(journalOf(from), journalOf(copy));
  const damaged = new DatabaseSync(copy);
  const db = await openDatabase(to, 0);
  try {
    return copyRows(damaged, db, from, onRow);
  } finally {
    db.close();
    damaged.close();
    for (const file of [copy, journalOf(copy), `${copy}-shm`]) rmSync(file, { force: true });
  }
}

function copyRows(
  damaged: DatabaseSync,
  db: DatabaseSync,
  from: string,
  onRow: (copied: number) => void,
): Rescued {
  const counts = { pending: 0, dead: 0, delivered: 0, open_claim: 0, pause: 0 };
  const seen = new Set<unknown>();
  let gaps = 0;
  // A file of a version before lacks some.
  const tables = tablesOf(damaged, from);
  db.exec('BEGIN');
  const insertUnnamed = inserterInto(db, 'delivered_unnamed');
  for (const table of TABLES.filter((name) => tables.has(name))) {
    const insert = inserterInto(db, table);
    for (const row of readableRows(damaged, table)) {
      if (row === 'gap') gaps += 1;
      // Of a version that noted deliveries without the name of the event.
      else if (table === 'delivered' && row.key === undefined) insertUnnamed(row);
      else {
        const identity = identityOf(table, row);
        if (identity === undefined || seen.has(identity)) continue;
        seen.add(identity);
        counts[table] += insert(row);
        onRow(counts.pending + counts.dead);
      }
    }
  }
  if (tables.has('delivered_unnamed')) gaps += copyUnnamed(damaged, insertUnnamed);
  db.exec('COMMIT');
  recount(db);
  return { pending: counts.pending, dead: counts.dead, gaps };
}

/** Undefined: not a row of ours. A page that was written over may still look like rows. */
function identityOf(table: Table, row: Row): string | undefined {
  const { key, uuid, event, sender = 'page', seqs, number } = row;
  if (table === 'delivered') return String(key);
  try {
    if (table === 'open_claim' && !Array.isArray(JSON.parse(String(seqs)))) return undefined;
    if (event === undefined) return `${table} ${number}`;
    return `${uuid} ${JSON.parse(String(event)).eventName} ${sender}`;
  } catch {
    return undefined;
  }
}

/** That table has no row numbers: it is read by the first digits of the uuids. @returns how many of these could not be read */
function copyUnnamed(damaged: DatabaseSync, insert: (row: Row) => number): number {
  const select = damaged.prepare('SELECT * FROM delivered_unnamed WHERE uuid >= ? AND uuid < ?');
  let gaps = 0;
  for (let prefix = 0; prefix < 256; prefix += 1) {
    const start = prefix.toString(16).padStart(2, '0');
    try {
      // Hex digits come before `g`.
      for (const row of select.all(start, `${start}g`)) insert(row as Row);
    } catch {
      gaps += 1;
    }
  }
  return gaps;
}

function tablesOf(damaged: DatabaseSync, from: string): ReadonlySet<unknown> {
  try {
    const schema = damaged.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
    return new Set(schema.map(({ name }) => name));
  } catch (error) {
    const cause = (error as Error).message;
    throw new Error(
      `${from}: its first page is damaged, and with it what says where its tables are (${cause}). Restore a copy.`,
      { cause: error },
    );
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
function* readableRows(damaged: DatabaseSync, table: string): Generator<Row | 'gap', void> {
  const read = readerOf(damaged, table);
  let next = 0;
  for (let limit = ROWS; ; ) {
    const rows = read(next, limit);
    if (rows?.length === 0) return;
    if (rows) {
      yield* rows;
      next = (rows.at(-1)?.number ?? 0) + 1;
      limit = ROWS;
    } else if (limit > 1) limit = 1;
    else {
      yield 'gap';
      const behind = firstReadable(next, (number) => read(number, 1) !== undefined);
      if (behind === undefined) return;
      next = behind;
    }
  }
}

function readerOf(damaged: DatabaseSync, table: string) {
  const select = damaged.prepare(
    `SELECT *, rowid AS number FROM ${table} WHERE rowid >= ? ORDER BY rowid LIMIT ?`,
  );
  return (first: number, limit: number): Row[] | undefined => {
    try {
      return select.all(first, limit) as unknown as Row[];
    } catch {
      return undefined;
    }
  };
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
