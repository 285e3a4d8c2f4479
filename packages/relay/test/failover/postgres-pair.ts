import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../../scripts/free-port.ts';
import { createServer, createStandby, type Place, type PostgresServer } from './postgres-server.ts';

/** A primary and a synchronous standby on two ports, which change their roles. */
export interface PostgresPair {
  /** Names both, as a relay is given them. */
  readonly connectionString: string;
  killPrimary(): Promise<void>;
  /** Makes the standby the primary. Resolves when it takes writes. */
  promote(): Promise<void>;
  /** A new standby in the place of the killed server; resolves when every commit waits for it. */
  addStandby(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgresPair(): Promise<PostgresPair> {
  const directory = await mkdtemp(join(tmpdir(), 'hubrelay-failover-'));
  await chmod(directory, 0o755);
  const password = randomUUID();
  const places: [Place, Place] = [
    { folder: join(directory, 'a'), port: await freePort(), password },
    { folder: join(directory, 'b'), port: await freePort(), password },
  ];
  let primary = await createServer(places[0]);
  let standby: PostgresServer | undefined;

  async function addStandby(): Promise<void> {
    const [place] = places.filter(({ port }) => port !== primary.port) as [Place];
    standby = await createStandby(primary, place);
    await until(primary, `state = 'streaming'`);
    await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
    await primary.query('SELECT pg_reload_conf()');
    await until(primary, `sync_state = 'sync'`);
  }

  await addStandby();
  const hosts = places.map(({ port }) => `127.0.0.1:${port}`).join(',');
  return {
    connectionString: `postgres://postgres:${password}@${hosts}/postgres`,
    killPrimary: () => primary.kill(),
    async promote() {
      if (standby === undefined) throw new Error('There is no standby.');
      await standby.query('SELECT pg_promote(true)');
      primary = standby;
      standby = undefined;
    },
    addStandby,
    async stop() {
      await primary.kill();
      await standby?.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function until(primary: PostgresServer, state: string): Promise<void> {
  while ((await primary.query(`SELECT FROM pg_stat_replication WHERE ${state}`)).length === 0) {
    await sleep(50);
  }
}
