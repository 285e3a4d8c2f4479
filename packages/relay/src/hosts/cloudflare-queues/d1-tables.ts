import type { D1 } from './bindings.ts';

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS dead (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL, event TEXT NOT NULL, utk TEXT,
    event_name TEXT NOT NULL, reason TEXT NOT NULL, error TEXT NOT NULL, attempts INTEGER NOT NULL,
    first_at INTEGER NOT NULL, died_at INTEGER NOT NULL)`,
  // The same event once. Another one with its uuid (of another name, corrected, or of another sender) takes no one's place.
  'CREATE UNIQUE INDEX IF NOT EXISTS dead_event ON dead (uuid, event_name, event)',
  'CREATE INDEX IF NOT EXISTS dead_time ON dead (died_at, seq)',
  'CREATE INDEX IF NOT EXISTS dead_utk ON dead (utk)',
  'CREATE INDEX IF NOT EXISTS dead_reason ON dead (reason)',
  'CREATE TABLE IF NOT EXISTS forgotten (visitor TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS pause (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), since INTEGER NOT NULL)',
  // How many dead letters there are, and their bytes: nothing has to count rows, which are paid for.
  `CREATE TABLE IF NOT EXISTS dead_size (only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    count INTEGER NOT NULL, bytes INTEGER NOT NULL)`,
  `INSERT OR IGNORE INTO dead_size SELECT 1, count(*), coalesce(sum(${bytesOf('event')}), 0) FROM dead
    WHERE NOT EXISTS (SELECT 1 FROM dead_size)`,
  `CREATE TRIGGER IF NOT EXISTS dead_added AFTER INSERT ON dead BEGIN
    UPDATE dead_size SET count = count + 1, bytes = bytes + ${bytesOf('new.event')}; END`,
  `CREATE TRIGGER IF NOT EXISTS dead_taken AFTER DELETE ON dead BEGIN
    UPDATE dead_size SET count = count - 1, bytes = bytes - ${bytesOf('old.event')}; END`,
  'CREATE TABLE IF NOT EXISTS dropped (reason TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID',
];

function bytesOf(text: string): string {
  return `length(CAST(${text} AS BLOB))`;
}

/** The relay's tables in a D1 database, made on first use. */
export interface D1Tables {
  query<Row>(sql: string, ...values: unknown[]): Promise<Row[]>;
  change(sql: string, ...values: unknown[]): Promise<void>;
  /**
   * One statement for many rows, however many there are: a query of a batch counts as one, and the free plan allows 50 in an
   * invocation. `?` is a JSON array of the rows, for `json_each(?)`.
   */
  changeRows(sql: string, rows: readonly (readonly unknown[])[]): Promise<void>;
}

/** Of one parameter; D1 takes 2 MB. https://developers.cloudflare.com/d1/platform/limits/ */
const MAX_JSON_CHARS = 500_000;

export function d1Tables(db: D1): D1Tables {
  // No promise is kept for others to wait for: one of a request that was cancelled would never end.
  let isReady = false;

  async function prepare(sql: string) {
    if (!isReady) await db.batch(SCHEMA.map((statement) => db.prepare(statement)));
    isReady = true;
    return db.prepare(sql);
  }

  return {
    async query<Row>(sql: string, ...values: unknown[]) {
      const { results } = await (await prepare(sql)).bind(...values).all<Row>();
      return results;
    },
    async change(sql, ...values) {
      await (await prepare(sql)).bind(...values).run();
    },
    async changeRows(sql, rows) {
      if (rows.length === 0) return;
      const statement = await prepare(sql);
      for (const json of jsonArraysOf(rows)) await statement.bind(json).run();
    },
  };
}

function jsonArraysOf(rows: readonly (readonly unknown[])[]): string[] {
  const slices: string[][] = [];
  let room = 0;
  for (const json of rows.map((row) => JSON.stringify(row))) {
    if (json.length > room) {
      slices.push([]);
      room = MAX_JSON_CHARS;
    }
    slices.at(-1)?.push(json);
    room -= json.length;
  }
  return slices.map((slice) => `[${slice.join()}]`);
}
