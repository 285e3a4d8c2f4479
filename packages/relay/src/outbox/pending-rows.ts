import type { Where } from './dead-letter-rows.ts';
import type { PendingEvent, PendingFilter, PendingPage } from './pending-event.ts';

/** A pending event as SQLite and Postgres give it. */
export interface PendingRow {
  readonly seq: number;
  readonly event: string;
  readonly attempts: number;
  readonly suspicion: number;
  readonly may_have_arrived: number | boolean;
  readonly enqueued_at: number;
  readonly due_at: number;
  /** JSON of the evidence. */
  readonly error: string | null;
  readonly is_claimed: number | boolean;
}

/** The columns of a `PendingRow`, but for the claim. */
export const PENDING_COLUMNS =
  'seq, event, attempts, suspicion, may_have_arrived, enqueued_at, due_at, error';

/** The evidence of an event that an operator buried before its first try, as JSON. */
export const BURIED = JSON.stringify({ message: 'Buried by an operator before it was tried.' });

/** Rows that one look goes over. Filters have no indexes: each would cost every event a write. */
export const SCAN_SLICE = 5_000;

/** Looks for one page: with a million events that no filter matches it comes all the same, with where to go on. */
const MOST_LOOKS = 20;

/** In what the databases differ. */
export interface PendingDialect {
  /** @param index of the filter's values, from 0 */
  readonly parameter: (index: number) => string;
  /** `#` stands for the parameter. */
  readonly uuidAmong: string;
  readonly uuidList: (uuids: readonly string[]) => unknown;
  readonly eventName: string;
  /** The status of the last failed try, null when there is none. */
  readonly lastStatus: string;
}

export function pendingWhereOf(filter: PendingFilter, dialect: PendingDialect): Where {
  const { lastStatus } = filter;
  const all: [sql: string, value: unknown][] = [
    [dialect.uuidAmong, filter.uuids && dialect.uuidList(filter.uuids)],
    [`${dialect.eventName} = #`, filter.eventName],
    ['attempts >= #', filter.minAttempts],
    ['attempts <= #', filter.maxAttempts],
    [`coalesce(${dialect.lastStatus}, 0) = #`, lastStatus === 'none' ? 0 : lastStatus],
    ['enqueued_at >= #', filter.after],
    ['enqueued_at < #', filter.before],
  ];
  const given = all.filter(([, value]) => value !== undefined);
  const conditions = given.map(([sql], index) => sql.replace('#', dialect.parameter(index)));
  return {
    sql: ['TRUE', ...conditions].join(' AND '),
    values: given.map(([, value]) => value),
  };
}

/** What one look over a range of rows came to. */
export interface Scanned<T> {
  readonly found: T;
  /** The row number that the look got to; null when it got to the end. */
  readonly last: number | null;
}

/** Where a page begins: it holds rows with numbers above this. */
const startOf = (cursor: string | undefined) => Number(cursor ?? 0) || 0;

/** Goes over the rows, range by range, until there is a page, or enough was looked at for one. */
export async function pageOfPending(
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
  look: (after: number, limit: number) => Promise<Scanned<readonly PendingRow[]>>,
): Promise<PendingPage> {
  const rows: PendingRow[] = [];
  let after: number | null = startOf(cursor);
  for (let looks = 0; after !== null && rows.length <= limit && looks < MOST_LOOKS; looks++) {
    const { found, last }: Scanned<readonly PendingRow[]> = await look(
      after,
      limit + 1 - rows.length,
    );
    rows.push(...found);
    after = last;
  }
  const page = rows.slice(0, limit);
  const items = page.map(toPending);
  const end = page.at(-1);
  if (rows.length > limit && end) return { items, next: String(end.seq) };
  return after === null ? { items } : { items, next: String(after) };
}

/**
 * Goes over the rows, range by range, up to `upToSeq`: it ends though events go on coming.
 * @returns the sum of what was done
 */
export async function sumOverPending(
  upToSeq: number,
  act: (after: number) => Promise<Scanned<number>>,
): Promise<number> {
  let total = 0;
  let after: number | null = 0;
  while (after !== null && after < upToSeq) {
    const { found, last }: Scanned<number> = await act(after);
    total += found;
    after = last;
  }
  return total;
}

function toPending(row: PendingRow): PendingEvent {
  return {
    event: JSON.parse(row.event),
    attempts: row.attempts,
    suspicion: row.suspicion,
    mayHaveArrived: Boolean(row.may_have_arrived),
    enqueuedAt: row.enqueued_at,
    dueAt: row.due_at,
    isClaimed: Boolean(row.is_claimed),
    ...(row.error !== null && { lastError: JSON.parse(row.error) }),
  };
}
