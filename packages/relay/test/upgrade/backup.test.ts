import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import pg from 'pg';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { findProgram } from '../../../../scripts/find-program.ts';
import { freePort } from '../../../../scripts/free-port.ts';
import { openPostgresOutbox } from '../../src/outbox/postgres/postgres-outbox.ts';
import { aliveBatch, postTo, variablesFor } from '../hosts/host-contract.ts';
import { sampleEvents } from '../outbox-contract.ts';
import { type NodeHost, startNodeHost } from '../support/start-node-host.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/backup.md'), 'utf8');

/** The lines that an owner copies, of a chapter. */
function commandsOf(chapter: string): string[] {
  const [, text = ''] = page.split(`\n## ${chapter}\n`);
  const [body = ''] = text.split('\n## ');
  return [...body.matchAll(/^ {4}(.*)$/gm)].map(([, line = '']) => line);
}

function run(commands: readonly string[], cwd: string, env: Record<string, string> = {}): string {
  expect(commands).not.toHaveLength(0);
  const options = {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: 'pipe',
  } as const;
  return execFileSync('sh', ['-euc', commands.join('\n')], options);
}

let hubspot: RunningFakeHubSpot;
let folder: string;

beforeEach(async () => {
  hubspot = await startFakeHubSpot();
  folder = mkdtempSync(join(tmpdir(), 'hubrelay-backup-'));
  return async () => {
    await hubspot.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

const ADMIN_TOKEN = 'an-admin-token-of-the-tests';

async function startOn(path: string, account: { url: string }): Promise<NodeHost> {
  const variables = { DELIVERY: 'queued', OUTBOX_PATH: path, ADMIN_TOKEN };
  const host = await startNodeHost({ ...variablesFor(account), ...variables });
  onTestFinished(() => host.stop());
  return host;
}

async function statsOf(host: NodeHost): Promise<unknown> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const answer = await fetch(`${host.url}/admin/v1/stats`, { headers });
  return ((await answer.json()) as { readonly outbox: unknown }).outbox;
}

/** Posts so many events to a relay. @returns their uuids */
async function postMany(host: NodeHost, count: number): Promise<string[]> {
  const batches = Array.from({ length: count }, () => aliveBatch());
  for (const batch of batches) expect((await postTo(host, batch)).status).toBe(202);
  return batches.map(({ events }) => events[0]?.uuid as string).toSorted();
}

const arrived = (account: RunningFakeHubSpot) =>
  account
    .received()
    .map(({ uuid }) => uuid)
    .toSorted();

test.skipIf(!findProgram('sqlite3'))(
  'a copy of the file of a running relay has every event, and a start from it counts none twice',
  async () => {
    const path = join(folder, 'hubrelay.db');
    const host = await startOn(path, hubspot);
    const comeBack = hubspot.fail({ status: 503 });
    const inTheCopy = await postMany(host, 5);
    expect(() => run([`sqlite3 hubrelay.db 'SELECT count(*) FROM pending'`], folder)).toThrow(
      /database is locked/,
    );
    const commands = commandsOf('SQLite').filter((line) => !/^(PID|LIVE|COPY)=/.test(line));
    const stoppedAt = commands.findIndex((line) => line.startsWith('sqlite3 "$LIVE"'));
    const copying = commands.slice(0, stoppedAt);
    const [stopped = '', ...restoring] = commands
      .slice(stoppedAt)
      .filter((line) => !line.startsWith('systemctl'));
    const PID = String(host.process.pid);
    const COPY = join(folder, 'backup');
    expect(run(copying, folder, { PID, LIVE: path, COPY })).toContain('ok');
    const later = await postMany(host, 2);
    comeBack();
    await hubspot.waitFor(7);
    await host.stop();
    expect(run([stopped], folder, { LIVE: path, COPY: folder })).toContain('ok');

    const other = await startFakeHubSpot();
    onTestFinished(() => other.close());
    run(['cp backup/backup.db elsewhere.db'], folder);
    await startOn(join(folder, 'elsewhere.db'), other);
    await other.waitFor(5);
    expect(arrived(other)).toEqual(inTheCopy);

    // Orders to forget people are given again before anything leaves.
    run(['cp backup/backup.db orders.db'], folder);
    const silent = await startOn(join(folder, 'orders.db'), { url: 'http://127.0.0.1:9' });
    const { utk } = aliveBatch();
    const forgotten = await fetch(`${silent.url}/admin/v1/forget`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ utk }),
    });
    expect(forgotten.status).toBe(200);
    expect(await statsOf(silent)).toMatchObject({ pending: 0, delivered: 0, removed: 5 });

    run(restoring, folder, { LIVE: path, COPY });
    expect(statSync(path).uid).toBe(statSync(folder).uid);
    const restored = await startOn(path, hubspot);
    await expect.poll(() => statsOf(restored)).toMatchObject({ pending: 0, delivered: 5, dead: 0 });
    expect(arrived(hubspot)).toEqual([...inTheCopy, ...later].toSorted());
  },
);

const postgres = findProgram('postgres');

/** A server of the version that the commands are of: they refuse one that is newer. */
async function startOwnPostgres(programs: string): Promise<string> {
  const port = await freePort();
  const data = join(folder, 'data');
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  chmodSync(folder, 0o777);
  const flags = ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync'];
  execFileSync(join(programs, 'initdb'), flags, { ...user, stdio: 'ignore', cwd: folder });
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', ''],
    { ...user, stdio: 'ignore', cwd: folder },
  );
  onTestFinished(async () => {
    server.kill('SIGINT');
    await once(server, 'exit');
  });
  return `postgres://postgres@127.0.0.1:${port}`;
}

const idOf = (flag: string) =>
  Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim());

async function query(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(sql);
  await client.end();
}

test.skipIf(!postgres)('a dump of the schema has every event and dead letter', async () => {
  const programs = dirname(String(postgres));
  const server = await startOwnPostgres(programs);
  const app = `${server}/postgres`;
  const isUp = () =>
    query(app, 'SELECT 1').then(
      () => true,
      () => false,
    );
  await expect.poll(isUp).toBe(true);
  const [dump = '', restore = ''] = commandsOf('Postgres');

  const outbox = await openPostgresOutbox({ connectionString: app });
  onTestFinished(() => outbox.close());
  const events = sampleEvents(4);
  await outbox.enqueue(events);
  const [delivered, ...others] = await outbox.claim({
    maxEvents: 2,
    maxBytes: 1e6,
    leaseMs: 60_000,
  });
  await outbox.bury(others, 'refused_by_hubspot', { status: 400 });
  const env = { PATH: `${programs}:${process.env.PATH}` };
  run([dump], folder, { ...env, DATABASE_URL: app });
  // Since the dump.
  if (delivered) await outbox.ack([delivered]);

  await query(app, 'CREATE DATABASE restored');
  const elsewhere = `${server}/restored`;
  run([restore], folder, { ...env, DATABASE_URL: elsewhere });
  const restored = await openPostgresOutbox({ connectionString: elsewhere });
  onTestFinished(() => restored.close());
  expect(await restored.stats()).toMatchObject({ accepted: 4, pending: 3, dead: 1, delivered: 0 });
  expect(await restored.enqueue(events)).toEqual({ stored: 0, known: 4 });
  expect((await restored.listDead({ limit: 5 })).items).toHaveLength(1);
  expect(await restored.enqueue(sampleEvents(1))).toEqual({ stored: 1, known: 0 });
});
