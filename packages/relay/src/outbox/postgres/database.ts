import { OutboxUnavailableError } from '../outbox.ts';
import { type Connect, onConnection } from './pool.ts';

/** Says what to do about the errors that owners meet: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const ADVICE = new Map([
  ['ECONNREFUSED', 'Nothing listens there: check host and port, and that Postgres runs.'],
  ['ENOTFOUND', 'The host is unknown: check the connection string.'],
  ['28P01', 'The password is wrong: check the connection string.'],
  ['28000', 'The user may not connect: check the connection string and pg_hba.conf.'],
  ['3D000', 'The database does not exist: create it or check the connection string.'],
  [
    '42501',
    'The user lacks a privilege. docs/deploy/postgres.md has the statements that grant it.',
  ],
  ['53100', "The server's disk is full. Free some space: the outbox then works again by itself."],
  ['53300', 'The server has no connection left: raise its max_connections or lower the pool.'],
  [
    '25006',
    'No server takes writes: name the primary, or all hosts that may be it, separated by commas.',
  ],
]);

/** Another try may go well: deadlock, serialization failure. */
const TRANSIENT = new Set(['40P01', '40001']);

interface PgError extends Error {
  readonly code?: string;
}

/** Runs single statements, each its own transaction, on any connection of the pool. */
export class Database {
  readonly #connect: Connect;
  closed = false;

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  /** @throws OutboxUnavailableError for every failure but the SQLSTATE `expected` */
  async query<Row>(text: string, values: readonly unknown[], expected?: string): Promise<Row[]> {
    if (this.closed) throw new OutboxUnavailableError('The Postgres outbox is closed.');
    try {
      return await this.#try<Row>(text, values);
    } catch (error) {
      const { code = '' } = error as PgError;
      if (code === expected) throw error;
      if (!TRANSIENT.has(code)) throw unavailable(error);
      return await this.#try<Row>(text, values).catch((again) => {
        throw unavailable(again);
      });
    }
  }

  async #try<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const query = { text, values: [...values], types };
    const { rows } = await onConnection(this.#connect, (client) => client.query(query));
    return rows as Row[];
  }
}

const INT8 = 20;

/** Times and counts fit a number; everything else here is text or a boolean. */
const types = {
  getTypeParser: (oid: number) => (value: string) =>
    oid === INT8 || oid === 23 ? Number(value) : oid === 16 ? value === 't' : value,
} as never;

export function unavailable(error: unknown): OutboxUnavailableError {
  const { code = '', message } = error as PgError;
  const advice = ADVICE.get(code);
  const what = advice === undefined ? message || code : `${advice} (${message || code})`;
  return new OutboxUnavailableError(`Postgres outbox: ${what}`, { cause: error });
}

/** Data exceptions, violated constraints, program limits; and full, which a smaller call may not find. */
const ABOUT_VALUES = /^(22|23|54)/;

/** Whether other values might do, or all would fail alike: a server that is away fails for every call. */
export function isAboutValues(error: unknown): boolean {
  if (!(error instanceof OutboxUnavailableError)) return true;
  return ABOUT_VALUES.test((error.cause as PgError | undefined)?.code ?? '');
}
