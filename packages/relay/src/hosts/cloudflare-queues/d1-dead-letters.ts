import {
  DEAD_COLUMNS,
  type DeadRow,
  pageOf,
  sqliteDialect,
  startOf,
  type TakeFilter,
  whereOf,
} from '../../outbox/dead-letter-rows.ts';
import type { DeadLetter, DeadLetterStore } from '../../outbox/outbox.ts';
import type { D1, QueueProducer } from './bindings.ts';
import { sendAll } from './queue-message.ts';

export interface D1DeadLetters extends DeadLetterStore {
  add(letters: readonly DeadLetter[]): Promise<void>;
}

/** Rows per statement. */
const SLICE = 100;

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS dead (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, event TEXT NOT NULL, utk TEXT,
    event_name TEXT NOT NULL, reason TEXT NOT NULL, error TEXT NOT NULL, attempts INTEGER NOT NULL,
    first_at INTEGER NOT NULL, died_at INTEGER NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS dead_time ON dead (died_at, seq)',
  'CREATE INDEX IF NOT EXISTS dead_utk ON dead (utk)',
];

/**
 * Dead letters in a D1 database; a replay puts them back on the queue. `forget` cannot reach what is still in the queue.
 * Its tables are made on first use.
 */
export function d1DeadLetters(db: D1, queue: QueueProducer): D1DeadLetters {
  let ready: Promise<unknown> | undefined;

  async function run<R>(sql: string, ...values: unknown[]): Promise<R[]> {
    await prepared();
    const { results } = await db
      .prepare(sql)
      .bind(...values)
      .all<R>();
    return results;
  }

  async function prepared(): Promise<void> {
    ready ??= db.batch(SCHEMA.map((sql) => db.prepare(sql)));
    // A failure is not kept: the next call tries again.
    await ready.catch((error) => {
      ready = undefined;
      throw error;
    });
  }

  async function remove(filter: TakeFilter): Promise<number> {
    const where = whereOf(filter, sqliteDialect);
    await prepared();
    const { meta } = await db
      .prepare(`DELETE FROM dead WHERE ${where.sql}`)
      .bind(...where.values)
      .run();
    return meta.changes;
  }

  return {
    async add(letters) {
      await prepared();
      const insert = db.prepare(
        `INSERT INTO dead (uuid, event, utk, event_name, reason, error, attempts, first_at, died_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO UPDATE SET
         reason = excluded.reason, error = excluded.error, attempts = excluded.attempts, died_at = excluded.died_at`,
      );
      await db.batch(letters.map((letter) => insert.bind(...valuesOf(letter))));
    },

    async listDead({ limit, cursor, ...filter }) {
      const where = whereOf(filter, sqliteDialect);
      const rows = await run<DeadRow>(
        `SELECT ${DEAD_COLUMNS} FROM dead WHERE (died_at, seq) < (?, ?) AND ${where.sql}
         ORDER BY died_at DESC, seq DESC LIMIT ?`,
        ...startOf(cursor),
        ...where.values,
        limit + 1,
      );
      return pageOf(rows, limit);
    },

    /** First on the queue, then gone here: after a crash between the two the uuid keeps it one event at HubSpot. */
    async replay(filter) {
      const where = whereOf(filter, sqliteDialect);
      const [{ last } = { last: 0 }] = await run<{ last: number }>(
        'SELECT max(seq) AS last FROM dead',
      );
      let total = 0;
      for (let rows: DeadRow[] | undefined; rows === undefined || rows.length === SLICE; ) {
        const sql = `SELECT ${DEAD_COLUMNS} FROM dead WHERE seq <= ? AND ${where.sql} LIMIT ${SLICE}`;
        rows = await run<DeadRow>(sql, last, ...where.values);
        const events = rows.map((row) => JSON.parse(row.event));
        await sendAll(
          queue,
          events.map((event) => ({ kind: 'event', event })),
        );
        const seqs = JSON.stringify(rows.map((row) => row.seq));
        await run('DELETE FROM dead WHERE seq IN (SELECT value FROM json_each(?))', seqs);
        total += rows.length;
      }
      return total;
    },

    purge: remove,

    forget: (utk) => remove({ utk }),
  };
}

function valuesOf({ event, reason, error, attempts, firstAt, lastAt }: DeadLetter): unknown[] {
  const { uuid, utk = null, eventName } = event;
  const json = JSON.stringify(event);
  return [uuid, json, utk, eventName, reason, JSON.stringify(error), attempts, firstAt, lastAt];
}
