import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outbox } from '../../src/outbox/outbox.ts';
import { openPostgresOutbox } from '../../src/outbox/postgres/postgres-outbox.ts';
import { openSqliteOutbox } from '../../src/outbox/sqlite/sqlite-outbox.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { startPostgres } from '../support/start-postgres.ts';

/** Where the relays under test keep their events. */
export interface OracleStorage {
  /** Environment variables that lead a relay to it. */
  readonly variables: Readonly<Record<string, string>>;
  /** What can happen to it; absent where it takes the relay's process to play that. */
  readonly fault?: StorageFault;
  /** How many relays share it. */
  readonly relays: number;
  /** Opens it for a look, when no relay runs. */
  open(): Promise<Outbox>;
  /** Deletes it. */
  remove(): Promise<void>;
}

export interface StorageFault {
  /** For the report. */
  readonly name: string;
  /** Resolves when it is over. */
  play(): Promise<void>;
}

const FULL_MS = 300;

/** A file on a disk that can be filled, where the system lets us mount one. */
export async function createSqliteStorage(): Promise<OracleStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'hubrelay-oracle-'));
  const path = join(folder, 'outbox.db');
  const disk = await mountSmallDisk(folder);
  const fault: StorageFault | undefined = disk && {
    name: 'a full disk (tmpfs)',
    async play() {
      const makeRoom = await disk.fill();
      await sleep(FULL_MS);
      await makeRoom();
    },
  };
  return {
    variables: { OUTBOX_PATH: path },
    ...(fault && { fault }),
    relays: 1,
    open: () => openSqliteOutbox({ path }),
    async remove() {
      await disk?.unmount();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Two relays on a real server of its own, so that one takes over what the other has claimed and left behind. */
export async function createPostgresStorage(): Promise<OracleStorage> {
  const { connectionString, restart, stop } = await startPostgres();
  return {
    variables: { DATABASE_URL: connectionString },
    fault: { name: 'a restarted server', play: restart },
    relays: 2,
    open: () => openPostgresOutbox({ connectionString }),
    remove: stop,
  };
}
