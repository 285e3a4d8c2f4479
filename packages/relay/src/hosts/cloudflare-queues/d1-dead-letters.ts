import {
  DEAD_COLUMNS,
  type DeadRow,
  pageOf,
  sqliteDialect,
  startOf,
  type TakeFilter,
  whereOf,
} from '../../outbox/dead-letter-rows.ts';
import { type DeadLimits, deadLimitsFor } from '../../outbox/limits.ts';
import type {
  DeadLetter,
  DeadLetterStore,
  DeadReason,
  DroppedReason,
} from '../../outbox/outbox.ts';
import type { QueueProducer } from './bindings.ts';
import type { D1Tables } from './d1-tables.ts';
import type { Forgotten } from './forgotten.ts';
import { sendAll } from './queue-message.ts';

export interface D1DeadLetters extends DeadLetterStore {
  /** @returns how many of each reason had no room, but for those that the policy refused */
  add(letters: readonly DeadLetter[]): Promise<Dropped>;
  /** How many there are of each reason that there is one of. */
  count(): Promise<Partial<Record<DeadReason, number>>>;
  /** How many had no room since the tables were made. An event that came out of the queue twice may be counted twice. */
  dropped(): Promise<Dropped>;
}

export type Dropped = Readonly<Record<DroppedReason, number>>;

export interface D1DeadLettersOptions {
  /** Where a replay puts events back. */
  readonly queue: QueueProducer;
  readonly forgotten: Forgotten;
  /** Most dead letters of events that the policy refused. */
  readonly maxRejected: number;
  readonly limits: DeadLimits;
}

/** Rows per statement of a replay, and of one call: each slice costs a few of the 50 queries that the free plan allows. */
const SLICE = 200;
const MAX_REPLAYED = 1000;

/** In the order of `valuesOf`. `WHERE TRUE` keeps the parser from reading ON as a join. */
const INSERT = `INSERT INTO dead (uuid, event, utk, event_name, reason, error, attempts, first_at, died_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8
  FROM json_each(?) WHERE TRUE`;
const INSERT_REJECTED = `${INSERT} ON CONFLICT DO NOTHING`;
/** The last clause is for tables of early versions, in which a uuid stands once. */
const INSERT_OR_REPLACE = `${INSERT} ON CONFLICT (uuid, event_name, event) DO UPDATE SET reason = excluded.reason,
  error = excluded.error, attempts = excluded.attempts, died_at = excluded.died_at ON CONFLICT DO NOTHING`;

const COUNT_DROPPED = `INSERT INTO dropped (reason, count) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE TRUE
  ON CONFLICT (reason) DO UPDATE SET count = dropped.count + excluded.count`;

/** Dead letters in a D1 database; a replay puts them back on the queue. */
export function d1DeadLetters(tables: D1Tables, options: D1DeadLettersOptions): D1DeadLetters {
  const { queue, forgotten, maxRejected, limits } = options;

  async function roomForRejected(): Promise<number> {
    const [row] = await tables.query<{ count: number }>(
      `SELECT count(*) AS count FROM (SELECT 1 FROM dead WHERE reason = 'rejected_by_policy' LIMIT ?)`,
      maxRejected,
    );
    return maxRejected - (row?.count ?? 0);
  }

  async function addRejected(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    const kept = letters.slice(0, await roomForRejected());
    await tables.changeRows(INSERT_REJECTED, kept.map(valuesOf));
  }

  /** Consumers that run at the same time may exceed the limits by what they add. */
  async function withRoom(letters: readonly DeadLetter[]): Promise<readonly DeadLetter[]> {
    const [size] = await tables.query<{ count: number; bytes: number }>(
      'SELECT count, bytes FROM dead_size',
    );
    const kept = fitting(letters, size ?? { count: 0, bytes: 0 }, limits);
    if (kept.length === letters.length) return kept;
    // What is there already takes no more room: its message came again.
    const uuids = JSON.stringify(letters.map(({ event }) => event.uuid));
    const rows = await tables.query<{ event: string }>(
      'SELECT event FROM dead WHERE uuid IN (SELECT value FROM json_each(?))',
      uuids,
    );
    const known = new Set(rows.map(({ event }) => event));
    return letters.filter((one) => kept.includes(one) || known.has(JSON.stringify(one.event)));
  }

  async function countDropped(letters: readonly DeadLetter[]): Promise<Dropped> {
    const dropped = { refused_by_hubspot: 0, expired: 0 };
    for (const { reason } of letters) {
      if (reason === 'refused_by_hubspot' || reason === 'expired') dropped[reason] += 1;
    }
    const rows = Object.entries(dropped).filter(([, count]) => count > 0);
    await tables.changeRows(COUNT_DROPPED, rows);
    return dropped;
  }

  /** D1 counts what triggers change, too, so the rows are counted before. */
  async function remove(filter: TakeFilter): Promise<number> {
    const where = whereOf(filter, sqliteDialect);
    const [found] = await tables.query<{ count: number; last: number | null }>(
      `SELECT count(*) AS count, max(seq) AS last FROM dead WHERE ${where.sql}`,
      ...where.values,
    );
    if (!found?.count) return 0;
    const sql = `DELETE FROM dead WHERE ${where.sql} AND seq <= ?`;
    await tables.change(sql, ...where.values, found.last);
    return found.count;
  }

  return {
    async add(received) {
      const letters = await withRoom(received);
      const isRejected = ({ reason }: DeadLetter) => reason === 'rejected_by_policy';
      await addRejected(letters.filter(isRejected));
      const others = letters.filter((letter) => !isRejected(letter));
      await tables.changeRows(INSERT_OR_REPLACE, others.map(valuesOf));
      return countDropped(received.filter((letter) => !letters.includes(letter)));
    },

    async dropped() {
      const rows = await tables.query<{ reason: DroppedReason; count: number }>(
        'SELECT reason, count FROM dropped',
      );
      const counts = Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
      return { refused_by_hubspot: 0, expired: 0, ...counts };
    },

    async count() {
      const rows = await tables.query<{ reason: DeadReason; count: number }>(
        'SELECT reason, count(*) AS count FROM dead GROUP BY reason',
      );
      return Object.fromEntries(rows.map(({ reason, count }) => [reason, count]));
    },

    async listDead({ limit, cursor, ...filter }) {
      const where = whereOf(filter, sqliteDialect);
      const rows = await tables.query<DeadRow>(
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
      const [newest] = await tables.query<{ seq: number }>('SELECT max(seq) AS seq FROM dead');
      let total = 0;
      let found = SLICE;
      while (found === SLICE && total < MAX_REPLAYED) {
        const sql = `SELECT ${DEAD_COLUMNS} FROM dead WHERE seq <= ? AND ${where.sql} LIMIT ${SLICE}`;
        const rows = await tables.query<DeadRow>(sql, newest?.seq ?? 0, ...where.values);
        const events = rows.map((row) => JSON.parse(row.event));
        await sendAll(
          queue,
          events.map((event) => ({ kind: 'event', event })),
        );
        const seqs = JSON.stringify(rows.map((row) => row.seq));
        await tables.change('DELETE FROM dead WHERE seq IN (SELECT value FROM json_each(?))', seqs);
        found = rows.length;
        total += found;
      }
      return total;
    },

    purge: remove,

    /** First on the list, then gone here: what comes out of the queue in between is left out already. */
    async forget(key) {
      await forgotten.add(key);
      return remove({ subject: key });
    },
  };
}

function fitting(
  letters: readonly DeadLetter[],
  size: { readonly count: number; readonly bytes: number },
  limits: DeadLimits,
): readonly DeadLetter[] {
  let { count, bytes } = size;
  return letters.filter(({ event, reason }) => {
    const { maxDead, maxDeadBytes } = deadLimitsFor(reason, limits);
    const more = new TextEncoder().encode(JSON.stringify(event)).byteLength;
    if (count + 1 > maxDead || bytes + more > maxDeadBytes) return false;
    count += 1;
    bytes += more;
    return true;
  });
}

function valuesOf({ event, reason, error, attempts, firstAt, lastAt }: DeadLetter): unknown[] {
  const { uuid, utk = null, eventName } = event;
  const json = JSON.stringify(event);
  return [uuid, json, utk, eventName, reason, JSON.stringify(error), attempts, firstAt, lastAt];
}
