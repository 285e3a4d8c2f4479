import pg from 'pg';
import { hostsOf } from '../../core/postgres-hosts.ts';

export type Connect = () => Promise<pg.PoolClient>;

/** Connections to the server that takes writes. */
export interface PrimaryPool {
  readonly pool: pg.Pool;
  /** Asks each host once. @throws the error of the last */
  readonly connect: Connect;
}

/** Sent when a connection is made. PgBouncer refuses those that it does not know. */
const SERVER_SIDE = { statement_timeout: 30_000 };
const PROTOCOL_VIOLATION = '08P01';
export const READ_ONLY = '25006';

/**
 * A pool on one host or on several, of which one is the primary, as libpq's `target_session_attrs=read-write`: the driver
 * itself takes one host only. A host that cannot be reached, or takes no writes, is left for the next, so that a pool follows a
 * failover by itself.
 *
 * Timeouts: a server that does not answer must not hold up the relay's own answers for ever.
 * @param connectionString undefined goes by libpq's environment variables (PGHOST and so on)
 */
export function openPrimaryPool(
  connectionString: string | undefined,
  settings: pg.PoolConfig = {},
): PrimaryPool {
  const hosts = connectionString === undefined ? [undefined] : hostsOf(connectionString);
  let current = 0;
  let serverSide: pg.ClientConfig = SERVER_SIDE;

  class PrimaryClient extends pg.Client {
    readonly #index = current;

    constructor(config: pg.ClientConfig) {
      const connectionString = hosts[current];
      super({
        ...config,
        ...serverSide,
        ...(connectionString !== undefined && { connectionString }),
      });
    }

    /** The next connection is tried elsewhere. Others may have left the same host already. */
    leave(): void {
      if (current === this.#index) current = (current + 1) % hosts.length;
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<pg.Client> | undefined {
      if (callback === undefined) return super.connect();
      super.connect((error: Error) => {
        if (error) this.#failed(error);
        callback(error);
      });
      return undefined;
    }

    #failed(error: Error): void {
      if (isUnknownParameter(error)) serverSide = {};
      else this.leave();
    }
  }

  const pool = new pg.Pool({
    application_name: 'hubrelay',
    connectionTimeoutMillis: 5000,
    query_timeout: 35_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    max: 10,
    ...settings,
    Client: PrimaryClient as never,
    async onConnect(client) {
      const { rows } = await client.query('SHOW transaction_read_only');
      if (rows[0]?.transaction_read_only !== 'on') return;
      (client as unknown as PrimaryClient).leave();
      throw Object.assign(new Error('cannot write: the server is read-only'), { code: READ_ONLY });
    },
  });
  // An idle connection was lost. The pool replaces it; without a listener the process would end.
  pool.on('error', () => undefined);

  return {
    pool,
    async connect() {
      let isFirstTry = true;
      for (let left = hosts.length; ; ) {
        try {
          return await pool.connect();
        } catch (error) {
          // Nothing is wrong with the host then.
          if (!(isFirstTry && isUnknownParameter(error))) left -= 1;
          if (left === 0) throw error;
          isFirstTry = false;
        }
      }
    },
  };
}

function isUnknownParameter(error: unknown): boolean {
  const { code, message } = error as Error & { readonly code?: string };
  return code === PROTOCOL_VIOLATION && message.includes('startup parameter');
}

/** Lends a connection. After an error its state is unknown: the pool makes another. */
export async function onConnection<T>(
  connect: Connect,
  use: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await connect();
  // The query under way fails with the connection; unheard, the event would end the process.
  const ignore = () => undefined;
  client.on('error', ignore);
  let isWell = false;
  try {
    const result = await use(client);
    isWell = true;
    return result;
  } finally {
    client.release(!isWell);
    if (isWell) client.off('error', ignore);
  }
}
