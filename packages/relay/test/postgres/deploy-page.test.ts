import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { postgresLimiter } from '../../src/hosts/node.ts';
import type { Outbox } from '../../src/outbox/outbox.ts';
import { migrate, migrations } from '../../src/outbox/postgres/migrations.ts';
import { openPostgresOutbox } from '../../src/outbox/postgres/postgres-outbox.ts';
import { sampleEvent, sampleEvents } from '../outbox-contract.ts';
import { pgbouncer, startPgBouncer } from '../support/start-pgbouncer.ts';
import { startPostgres, type TestPostgres } from '../support/start-postgres.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/deploy/postgres.md'), 'utf8');

/** What an owner copies from a chapter of the page, block by block. */
function blocksOf(chapter: string): string[] {
  const [, text = ''] = page.split(`\n## ${chapter}\n`);
  const [body = ''] = text.split('\n## ');
  return [...body.matchAll(/(?:^ {4}.*\n?)+/gm)].map(([block]) => block.replaceAll(/^ {4}/gm, ''));
}

let postgres: TestPostgres;
let admin: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

beforeEach(async () => {
  const owner = new pg.Client(postgres);
  await owner.connect();
  await owner.query('CREATE DATABASE app');
  await owner.end();
  admin = new pg.Client(at('postgres'));
  await admin.connect();
  return async () => {
    await admin.end();
    const cleaner = new pg.Client(postgres);
    await cleaner.connect();
    await cleaner.query('DROP DATABASE app WITH (FORCE)');
    await cleaner.query('DROP ROLE IF EXISTS hubrelay');
    await cleaner.query('DROP ROLE IF EXISTS hubrelay_run');
    await cleaner.end();
  };
});

/** The address of the database for a user of the page. */
function at(user: string, port?: number): { readonly connectionString: string } {
  const url = new URL(postgres.connectionString);
  url.pathname = '/app';
  if (port !== undefined) url.port = String(port);
  if (user !== 'postgres') {
    url.username = user;
    url.password = user === 'hubrelay' ? 'choose-one' : 'choose-another';
  }
  return { connectionString: url.href };
}

const everything = { maxEvents: 500, maxBytes: 1e6, leaseMs: 60_000 };

/** All that a relay does with its outbox. */
async function useIt(outbox: Outbox): Promise<void> {
  onTestFinished(() => outbox.close());
  expect(await outbox.enqueue(sampleEvents(4))).toEqual({ stored: 4, known: 0 });
  const [first, ...others] = await outbox.claim(everything);
  if (first === undefined) throw new Error('nothing to claim');
  await outbox.ack([first]);
  await outbox.bury(others, 'refused_by_hubspot', { status: 400 });
  expect(await outbox.buryRejected([{ event: sampleEvent(), message: 'no' }])).toBe(1);
  expect((await outbox.listDead({ limit: 10 })).items).toHaveLength(4);
  await outbox.replay({ reason: 'rejected_by_policy' });
  await outbox.purge({ reason: 'refused_by_hubspot' });
  await outbox.pause();
  await outbox.resume();
  await outbox.sweep();
  expect(await outbox.stats()).toMatchObject({ accepted: 5, delivered: 1, removed: 3, pending: 1 });
}

describe('the page on Postgres', () => {
  test('has statements for a user without the right to create schemas', async () => {
    const [asOwner = ''] = blocksOf('User and privileges');
    await admin.query(asOwner);
    const { rows } = await admin.query(
      `SELECT has_database_privilege('hubrelay', 'app', 'CREATE') AS may`,
    );
    expect(rows).toEqual([{ may: false }]);
    await useIt(await openPostgresOutbox(at('hubrelay')));
  });

  test('has statements for a user that may change no table, in its order', async () => {
    const [asOwner = '', asRunner = ''] = blocksOf('User and privileges');
    await admin.query(asOwner);
    await (await openPostgresOutbox(at('hubrelay'))).close();
    await admin.query(asRunner);
    const runner = new pg.Client(at('hubrelay_run'));
    await runner.connect();
    await expect(runner.query('ALTER TABLE hubrelay.pending ADD x integer')).rejects.toThrow(
      /owner/,
    );
    await runner.end();
    await useIt(await openPostgresOutbox(at('hubrelay_run')));
  });

  test('brings the table of the rate limits into the schema', async () => {
    const [asOwner = '', , searchPath = ''] = blocksOf('User and privileges');
    await admin.query(asOwner);
    await admin.query(searchPath);
    const limiter = postgresLimiter(at('hubrelay').connectionString, { points: 1 });
    expect(await limiter.take('key', 1)).toEqual({ ok: true });
    const { rows } = await admin.query('SELECT schemaname FROM pg_tables WHERE tablename = $1', [
      'hubrelay_rate_limits',
    ]);
    expect(rows).toEqual([{ schemaname: 'hubrelay' }]);
  });

  test.skipIf(pgbouncer === undefined)('has settings for PgBouncer', async () => {
    const [asOwner = ''] = blocksOf('User and privileges');
    const [ini = '', timeout = ''] = blocksOf('PgBouncer');
    await admin.query(asOwner);
    await admin.query(timeout);
    const { port } = new URL(postgres.connectionString);
    const settings = ini.replace(/host=\S+ port=\d+/, `host=127.0.0.1 port=${port}`);
    expect(settings).not.toBe(ini);
    const bouncer = await startPgBouncer(settings, { hubrelay: 'choose-one' });
    onTestFinished(() => bouncer.stop());
    const open = () => openPostgresOutbox(at('hubrelay', bouncer.port));
    const other = await open();
    onTestFinished(() => other.close());
    await useIt(await open());
    expect(await other.claim(everything)).toHaveLength(1);
  });

  test('leads back to an older version', async () => {
    const [asOwner = '', asRunner = ''] = blocksOf('User and privileges');
    const back = blocksOf('Upgrade and rollback').at(-1) ?? '';
    await admin.query(asOwner);
    const connect = async () => {
      const client = new pg.Client(at('hubrelay'));
      await client.connect();
      return Object.assign(client, { release: () => void client.end() }) as never;
    };
    await migrate(connect, 'hubrelay', [...migrations, 'CREATE TABLE @.later ();']);
    await expect(openPostgresOutbox(at('hubrelay'))).rejects.toThrow(/newer version/);
    await admin.query(asRunner);
    await admin.query(back);
    await (await openPostgresOutbox(at('hubrelay'))).close();
    await expect(openPostgresOutbox(at('hubrelay_run'))).rejects.toThrow();
    await admin.query(asRunner.replace(/^CREATE ROLE.*$/m, ''));
    await useIt(await openPostgresOutbox(at('hubrelay_run')));
  });

  test('is right that without its statements the error says what to do', async () => {
    await admin.query(`CREATE ROLE hubrelay LOGIN PASSWORD 'choose-one'`);
    await expect(openPostgresOutbox(at('hubrelay'))).rejects.toThrow(
      /postgres\.md.*CREATE SCHEMA "hubrelay" AUTHORIZATION/,
    );
  });
});
