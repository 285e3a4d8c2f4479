import type { D1 } from './bindings.ts';

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS dead (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, event TEXT NOT NULL, utk TEXT,
    event_name TEXT NOT NULL, reason TEXT NOT NULL, error TEXT NOT NULL, attempts INTEGER NOT NULL,
    first_at INTEGER NOT NULL, died_at INTEGER NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS dead_time ON dead (died_at, seq)',
  'CREATE INDEX IF NOT EXISTS dead_utk ON dead (utk)',
  'CREATE INDEX IF NOT EXISTS dead_reason ON dead (reason)',
  'CREATE TABLE IF NOT EXISTS forgotten (visitor TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS pause (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), since INTEGER NOT NULL)',
];

/** The relay's tables in a D1 database, made on first use. */
export interface D1Tables {
  query<Row>(sql: string, ...values: unknown[]): Promise<Row[]>;
  /** @returns how many rows it changed */
  change(sql: string, ...values: unknown[]): Promise<number>;
  /** The same statement for every row, in one transaction. */
  changeMany(sql: string, rows: readonly (readonly unknown[])[]): Promise<void>;
}

export function d1Tables(db: D1): D1Tables {
  let ready: Promise<unknown> | undefined;

  async function prepare(sql: string) {
    ready ??= db.batch(SCHEMA.map((statement) => db.prepare(statement)));
    // A failure is not kept: the next call tries again.
    await ready.catch((error) => {
      ready = undefined;
      throw error;
    });
    return db.prepare(sql);
  }

  return {
    async query<Row>(sql: string, ...values: unknown[]) {
      const { results } = await (await prepare(sql)).bind(...values).all<Row>();
      return results;
    },
    async change(sql, ...values) {
      const { meta } = await (await prepare(sql)).bind(...values).run();
      return meta.changes;
    },
    async changeMany(sql, rows) {
      const statement = await prepare(sql);
      if (rows.length > 0) await db.batch(rows.map((row) => statement.bind(...row)));
    },
  };
}
