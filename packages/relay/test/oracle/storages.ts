import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outbox } from '../../src/outbox/outbox.ts';
import { openSqliteOutbox } from '../../src/outbox/sqlite/sqlite-outbox.ts';

/** Where the relays under test keep their events. */
export interface OracleStorage {
  /** Environment variables that lead a relay to it. */
  readonly variables: Readonly<Record<string, string>>;
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
