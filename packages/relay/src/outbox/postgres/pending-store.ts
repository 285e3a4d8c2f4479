import type { DeadLimits } from '../limits.ts';
import type { PendingStore } from '../outbox.ts';
import type { PendingFilter } from '../pending-event.ts';
import {
  BURIED,
  type PendingRow,
  pageOfPending,
  pendingWhereOf,
  sumOverPending,
} from '../pending-rows.ts';
import type { Database } from './database.ts';
import { pendingDialectAfter, pendingStatementsFor } from './pending-statements.ts';

export interface PendingStoreTools {
  readonly db: Database;
  /** The schema, quoted. */
  readonly schema: string;
  /** Null leaves the time to the database. */
  readonly now: () => number | null;
  readonly anyShard: () => number;
  /** For what an operator buries. */
  readonly deadLimits: DeadLimits;
}

/** Rows per transaction. */
const SLICE = 1000;

/** What an owner does with pending events, in Postgres. */
export function postgresPendingStore(tools: PendingStoreTools): PendingStore {
  const { db, schema, now, anyShard, deadLimits } = tools;
  const sql = pendingStatementsFor(schema);

  async function take(statement: (filter: string) => string, filter: PendingFilter) {
    const where = pendingWhereOf(filter, pendingDialectAfter(8));
    const [newest] = await db.query<{ seq: number }>(sql.last, []);
    const upToSeq = newest?.seq ?? 0;
    return sumOverPending(upToSeq, async (after) => {
      const { maxDead, maxDeadBytes } = deadLimits;
      const order = [now(), after, SLICE, upToSeq, anyShard()];
      const values = [...order, BURIED, maxDead, maxDeadBytes, ...where.values];
      const [row] = await db.query<{ count: number; last: number | null }>(
        statement(where.sql),
        values,
      );
      return { found: row?.count ?? 0, last: row?.last ?? null };
    });
  }

  return {
    listPending({ limit, cursor, ...filter }) {
      const where = pendingWhereOf(filter, pendingDialectAfter(3));
      return pageOfPending(
        { limit, ...(cursor !== undefined && { cursor }) },
        async (after, most) => {
          const [range] = await db.query<{ last: number | null }>(sql.end(where.sql), [after]);
          const values = [now(), after, most, ...where.values];
          const rows = await db.query<PendingRow>(sql.list(where.sql), values);
          const end = range?.last ?? null;
          return { found: rows, last: rows.length < most ? end : (rows.at(-1)?.seq ?? end) };
        },
      );
    },

    buryPending: (filter) => take(sql.bury, filter),

    purgePending: (filter) => take(sql.purge, filter),
  };
}
