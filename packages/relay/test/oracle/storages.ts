import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outbox } from '../../src/outbox/outbox.ts';
import { openPostgresOutbox } from '../../src/outbox/postgres/postgres-outbox.ts';
import { openSqliteOutbox } from '../../src/outbox/sqlite/sqlite-outbox.ts';
import { startPostgres } from '../support/start-postgres.ts';

/** Where the relays under test keep their events. */
export interface OracleStorage {
  /** Environment variables that lead a relay to it. */
  readonly variables: Readonly<Record<string, string>>;
  /** A fault of its own; absent for a file, to which a full disk happens instead. */
  readonly fail?: () => Promise<void>;
  /** How many relays share it. */
  readonly relays: number;
  /** Opens it for a look, when no relay runs. */
  open(): Promise<Outbox>;
  /** Deletes it. */
  remove(): Promise<void>;
}

export async function createSqliteStorage(): Promise<OracleStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'hubrelay-oracle-'));
  const path = join(folder, 'outbox.db');
  return {
    variables: { OUTBOX_PATH: path },
    relays: 1,
    open: () => openSqliteOutbox({ path }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Two relays on a real server of its own, so that one takes over what the other has claimed and left behind. */
export async function createPostgresStorage(): Promise<OracleStorage> {
  const { connectionString, restart, stop } = await startPostgres();
  return {
    variables: { DATABASE_URL: connectionString },
    fail: restart,
    relays: 2,
    open: () => openPostgresOutbox({ connectionString }),
    remove: stop,
  };
}
