import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { HubSpotEvent } from '../src/hubspot/event.ts';
import { OutboxUnavailableError } from '../src/outbox/outbox.ts';
import { migrate, migrations } from '../src/outbox/postgres/migrations.ts';
import { openPostgresOutbox } from '../src/outbox/postgres/postgres-outbox.ts';
import { type OpenOutbox, sampleEvent, sampleEvents, testOutbox } from './outbox-contract.ts';
import { testPoisonFlood } from './poison-flood.ts';
import { startPostgres, type TestPostgres } from './support/start-postgres.ts';

let postgres: TestPostgres;
let schemas = 0;

function freshSchema(): string {
  schemas += 1;
  return `outbox_${schemas}`;
}

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres?.stop());

const open: OpenOutbox = (options) =>
  openPostgresOutbox({ ...options, ...postgres, schema: freshSchema() });

testOutbox('Postgres', open, { modelRuns: 15 });

testPoisonFlood('Postgres', open);

const everything = { maxEvents: 500, maxBytes: 1e6, leaseMs: 60_000 };

describe('several relays on one database', () => {
  const openMany = (count: number) => {
    const schema = freshSchema();
    const open = () => openPostgresOutbox({ ...postgres, schema });
    return Promise.all(Array.from({ length: count }, open));
  };

  test('may start at the same time on an empty database', async () => {
    const outboxes = await openMany(4);
    await Promise.all(outboxes.map((outbox) => outbox.enqueue([sampleEvent()])));
    expect(await outboxes[0]?.stats()).toMatchObject({ pending: 4, accepted: 4 });
    await Promise.all(outboxes.map((outbox) => outbox.close()));
  });

  test('take at once what another gave back, though they took newer events since', async () => {
    const schema = freshSchema();
    const open = () => openPostgresOutbox({ ...postgres, schema, clock: () => 1000 });
    const [first, second] = [await open(), await open()];
    await first.enqueue(sampleEvents(2));
    const one = { ...everything, maxEvents: 1 };
    const older = await first.claim(one);
    await second.claim(one);
    await first.retry(older, { delayMs: 0, countAttempt: false, error: {} });
    expect(await second.claim(one)).toMatchObject([{ event: older[0]?.event }]);
    await Promise.all([first.close(), second.close()]);
  });

  test('are paused and resumed together, those that start later too', async () => {
    const schema = freshSchema();
    const open = () => openPostgresOutbox({ ...postgres, schema, clock: () => 1000 });
    const [first, second] = [await open(), await open()];
    await first.enqueue(sampleEvents(3));
    await first.pause();
    const third = await open();
    for (const outbox of [first, second, third]) {
      expect(await outbox.claim(everything)).toEqual([]);
      expect(await outbox.stats()).toMatchObject({ pending: 3, pausedAt: 1000 });
    }
    await third.resume();
    for (const outbox of [first, second, third]) {
      expect(await outbox.claim({ ...everything, maxEvents: 1 })).toHaveLength(1);
    }
    await Promise.all([first, second, third].map((outbox) => outbox.close()));
  });

  test('store and deliver each uuid once while they race', async () => {
    const outboxes = await openMany(3);
    const events = sampleEvents(300);
    const delivered: string[] = [];
    await Promise.all(
      outboxes.map(async (outbox, index) => {
        for (let round = 0; round < 30; round += 1) {
          const start = ((round + index * 3) * 10) % 300;
          await outbox.enqueue(events.slice(start, start + 30).toReversed());
          const claims = await outbox.claim({ ...everything, maxEvents: 20 });
          await outbox.ack(claims);
          delivered.push(...claims.map(({ event }) => event.uuid));
        }
        const rest = await outbox.claim(everything);
        await outbox.ack(rest);
        delivered.push(...rest.map(({ event }) => event.uuid));
      }),
    );
    expect(delivered.toSorted()).toEqual(events.map(({ uuid }) => uuid).toSorted());
    const stats = await outboxes[0]?.stats();
    expect(stats).toMatchObject({ accepted: 300, delivered: 300, pending: 0 });
    await Promise.all(outboxes.map((outbox) => outbox.close()));
  });
});

describe('several deliverers, of which one is killed', () => {
  const script = join(import.meta.dirname, 'support/deliver-from-postgres.ts');
  const deliverers: ChildProcess[] = [];

  function startDeliverer(schema: string, hubspot: RunningFakeHubSpot): ChildProcess {
    const args = [script, postgres.connectionString, schema, hubspot.url];
    const child = spawn(process.execPath, ['--conditions=hubrelay-source', ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    deliverers.push(child);
    return child;
  }

  afterEach(() => {
    for (const child of deliverers.splice(0)) child.kill('SIGKILL');
  });

  test('bring every event to HubSpot, once by uuid, and leave none behind', async () => {
    const schema = freshSchema();
    const hubspot = await startFakeHubSpot();
    onTestFinished(() => hubspot.close());
    const outbox = await openPostgresOutbox({ ...postgres, schema });
    onTestFinished(() => outbox.close());
    const eventName = `pe${demoCredentials.hubId}_product_viewed`;
    const events = sampleEvents(1000).map((event) => ({ ...event, eventName, properties: {} }));
    await outbox.enqueue(events);

    // Slow answers: at any time some batch is applied at HubSpot and not yet acknowledged in the outbox.
    hubspot.fail({ latencyMs: 100 });
    const victim = startDeliverer(schema, hubspot);
    await hubspot.waitFor(60);
    startDeliverer(schema, hubspot);
    startDeliverer(schema, hubspot);
    victim.kill('SIGKILL');
    expect((await outbox.stats()).claimed).toBeGreaterThan(0);

    await expect
      .poll(() => outbox.stats())
      .toMatchObject({ pending: 0, claimed: 0, delivered: 1000, dead: 0 });
    const received = hubspot.received().map(({ uuid }) => uuid);
    expect(received.toSorted()).toEqual(events.map(({ uuid }) => uuid).toSorted());
  });
});

const connectTo = (pool: pg.Pool) => () => pool.connect();

const onPool = async <T>(use: (pool: pg.Pool) => Promise<T>, max = 10): Promise<T> => {
  const pool = new pg.Pool({ ...postgres, max });
  try {
    return await use(pool);
  } finally {
    await pool.end();
  }
};

/** The tables were not analyzed since they grew: the planner takes them for small. */
describe('a Postgres outbox that has just grown', () => {
  /** One session, so that its plans stay and its counters are told at once. */
  const onOneSession = (use: (pool: pg.Pool) => Promise<void>) => onPool(use, 1);

  /** Rows that were read by reading a table from its start. */
  async function rowsReadThrough(pool: pg.Pool, schema: string): Promise<Record<string, number>> {
    await pool.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await pool.query(
      `SELECT relname, seq_tup_read::int AS rows FROM pg_stat_user_tables
       WHERE schemaname = $1 AND relname IN ('pending', 'delivered', 'dead')`,
      [schema],
    );
    return Object.fromEntries(rows.map((row) => [row.relname, row.rows]));
  }

  const nothing = { pending: 0, delivered: 0, dead: 0 };

  test('stores events without reading through what it has delivered', () =>
    onOneSession(async (pool) => {
      const schema = freshSchema();
      const outbox = await openPostgresOutbox({ pool, schema });
      await pool.query(`VACUUM ${schema}.pending, ${schema}.delivered, ${schema}.dead`);
      const storeOften = async () => {
        for (let call = 0; call < 8; call += 1) await outbox.enqueue(sampleEvents(2));
      };
      // By now the session has made the plans that it keeps.
      await storeOften();
      await pool.query(
        `INSERT INTO ${schema}.delivered SELECT gen_random_uuid(), 0 FROM generate_series(1, 5000)`,
      );
      await storeOften();
      expect(await rowsReadThrough(pool, schema)).toEqual(nothing);
      await outbox.close();
    }));

  test('delivers and tells its state without reading through what is pending', () =>
    onOneSession(async (pool) => {
      const schema = freshSchema();
      const outbox = await openPostgresOutbox({ pool, schema });
      for (let call = 0; call < 10; call += 1) await outbox.enqueue(sampleEvents(2000));
      const claims = [];
      for (let call = 0; call < 4; call += 1) claims.push(await outbox.claim(everything));
      expect(await outbox.stats()).toMatchObject({ pending: 20_000, claimed: 2000 });
      for (const batch of claims) await outbox.ack(batch);
      expect(await outbox.stats()).toMatchObject({ pending: 18_000, claimed: 0 });
      expect(await rowsReadThrough(pool, schema)).toEqual(nothing);
      await outbox.close();
    }));
});

describe('the migrations of Postgres', () => {
  /** Tables, functions and indexes, and the version. */
  const contentsOf = async (pool: pg.Pool, schema: string) => {
    const { rows } = await pool.query(
      `SELECT table_name AS name, column_name || ' ' || data_type AS detail
       FROM information_schema.columns WHERE table_schema = $1
       UNION ALL SELECT routine_name, replace(routine_definition, $1, '')
       FROM information_schema.routines WHERE routine_schema = $1
       UNION ALL SELECT indexname, replace(indexdef, $1, '') FROM pg_indexes WHERE schemaname = $1
       ORDER BY 1, 2`,
      [schema],
    );
    const { rows: versions } = await pool.query(`SELECT version FROM ${schema}.version`);
    return { rows, versions };
  };

  test('lead to the same schema from every version', () =>
    onPool(async (pool) => {
      const fresh = freshSchema();
      await migrate(connectTo(pool), fresh);
      const contents = await contentsOf(pool, fresh);
      expect(contents.rows.length).toBeGreaterThan(20);
      for (let version = 0; version <= migrations.length; version += 1) {
        const schema = freshSchema();
        await migrate(connectTo(pool), schema, migrations.slice(0, version));
        await migrate(connectTo(pool), schema);
        expect(await contentsOf(pool, schema)).toEqual(contents);
      }
    }));

  test('keep what an older version has stored, and leave all as it was when a step fails', () =>
    onPool(async (pool) => {
      const schema = freshSchema();
      const old = await openPostgresOutbox({ pool, schema });
      await old.enqueue(sampleEvents(2));
      await old.close();
      const before = await contentsOf(pool, schema);

      const later = 'ALTER TABLE @.pending ADD COLUMN priority integer NOT NULL DEFAULT 7;';
      const broken = migrate(connectTo(pool), schema, [...migrations, `${later} NO SQL`]);
      await expect(broken).rejects.toThrow(/syntax error/);
      expect(await contentsOf(pool, schema)).toEqual(before);

      await migrate(connectTo(pool), schema, [...migrations, later]);
      const { rows } = await pool.query(`SELECT priority FROM ${schema}.pending`);
      expect(rows).toEqual([{ priority: 7 }, { priority: 7 }]);
    }));

  test('go on with relays of the version before, and know again what those knew by its uuid alone', () =>
    onPool(async (pool) => {
      const schema = freshSchema();
      const KEYS_OF_EVENTS = 4;
      await migrate(connectTo(pool), schema, migrations.slice(0, KEYS_OF_EVENTS));
      const [pending, delivered, later] = sampleEvents(3) as HubSpotEvent[];
      /** What a relay of the version before calls. */
      const enqueue = (event?: HubSpotEvent) =>
        pool.query(
          `SELECT unnest(${schema}.enqueue($1, $2, '{100}', $3, 0, 100, 10000, 0)) AS uuid`,
          [[event?.uuid], [JSON.stringify(event)], [event?.utk]],
        );
      await enqueue(pending);
      const deliver = `INSERT INTO ${schema}.delivered VALUES ($1, 0)`;
      await pool.query(deliver, [delivered?.uuid]);

      const outbox = await openPostgresOutbox({ pool, schema, clock: () => 1000 });
      const known = [pending, delivered] as HubSpotEvent[];
      expect(await outbox.enqueue(known)).toEqual({ stored: 0, known: 2 });
      expect((await enqueue(pending)).rowCount).toBe(0);
      expect((await enqueue(later)).rowCount).toBe(1);
      expect(await outbox.enqueue([later as HubSpotEvent])).toEqual({ stored: 0, known: 1 });
      await outbox.close();
    }));

  test('refuse a schema of a newer version, and leave it as it is', () =>
    onPool(async (pool) => {
      const schema = freshSchema();
      await migrate(connectTo(pool), schema, [...migrations, 'CREATE TABLE @.later ();']);
      const before = await contentsOf(pool, schema);
      await expect(openPostgresOutbox({ pool, schema })).rejects.toThrow(/newer version/);
      expect(await contentsOf(pool, schema)).toEqual(before);
    }));
});

describe('a Postgres outbox', () => {
  test('goes by the time of the database when it is given no clock', async () => {
    const outbox = await openPostgresOutbox({ ...postgres, schema: freshSchema() });
    await outbox.enqueue([sampleEvent()]);
    const [claim] = await outbox.claim(everything);
    expect(Math.abs((claim?.enqueuedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    await outbox.close();
  });

  test('is unavailable while the server is away, and works again when it is back', async () => {
    const outbox = await openPostgresOutbox({ ...postgres, schema: freshSchema() });
    await outbox.enqueue([sampleEvent()]);
    const restarting = postgres.restart();
    const errors: unknown[] = [];
    await expect
      .poll(() => outbox.enqueue([sampleEvent()]).catch((error) => errors.push(error) && 'failed'))
      .toBe('failed');
    expect(errors[0]).toBeInstanceOf(OutboxUnavailableError);
    await restarting;
    await expect.poll(() => outbox.stats().catch(() => undefined)).toMatchObject({ dead: 0 });
    expect(await outbox.enqueue([sampleEvent()])).toEqual({ stored: 1, known: 0 });
    await outbox.close();
  });

  test('says what is wrong when it cannot connect', async () => {
    const open = (connectionString: string) => openPostgresOutbox({ connectionString });
    await expect(open('postgres://a:b@127.0.0.1:1/x')).rejects.toThrow(/check host and port/);
    const wrong = postgres.connectionString.replace(/:[^:@]*@/, ':wrong@');
    await expect(open(wrong)).rejects.toThrow(/password is wrong/);
    await expect(open(wrong)).rejects.not.toThrow('wrong@');
  });

  test('refuses a database whose commits are not durable', async () => {
    const connectionString = `${postgres.connectionString}?options=-csynchronous_commit%3Doff`;
    await expect(openPostgresOutbox({ connectionString })).rejects.toThrow(
      /synchronous_commit is off/,
    );
  });
});
