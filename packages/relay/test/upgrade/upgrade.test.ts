import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { demoCredentials, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDeliverer } from '../../src/delivery/deliverer.ts';
import { createHubSpotClient } from '../../src/hubspot/client.ts';
import { accessToken } from '../../src/hubspot/credential.ts';
import type { HubSpotEvent } from '../../src/hubspot/event.ts';
import type { Outbox } from '../../src/outbox/outbox.ts';
import * as postgres from '../../src/outbox/postgres/migrations.ts';
import { openPostgresOutbox } from '../../src/outbox/postgres/postgres-outbox.ts';
import * as sqlite from '../../src/outbox/sqlite/schema.ts';
import { openSqliteOutbox } from '../../src/outbox/sqlite/sqlite-outbox.ts';
import { variablesFor } from '../hosts/host-contract.ts';
import { sampleEvents } from '../outbox-contract.ts';
import { spawnNodeHost } from '../support/start-node-host.ts';
import { startPostgres, type TestPostgres } from '../support/start-postgres.ts';
import { type LeftBehind, makeEarlierFile, makeEarlierSchema } from './earlier-stores.ts';

let server: TestPostgres;
let pool: pg.Pool;
let folder: string;
let places = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hubrelay-upgrade-'));
  server = await startPostgres();
  pool = new pg.Pool({ ...server, max: 4 });
  // The end of a pool does not wait for its connections, so the server may be the one that ends them.
  pool.on('connect', (client) => client.on('error', () => {}));
});
afterAll(async () => {
  await pool?.end();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function freshName(): string {
  places += 1;
  return `upgraded_${places}`;
}

/** A relay stops, and the next version starts a minute later. */
const STOPPED_AT = Date.now() - 60_000;

const eventName = `pe${demoCredentials.hubId}_product_viewed`;
const knownEvents = (count: number): HubSpotEvent[] =>
  sampleEvents(count).map((event) => ({ ...event, eventName, properties: {} }));

const leftBehind = (): LeftBehind => ({
  pending: knownEvents(30),
  dead: knownEvents(3),
  delivered: knownEvents(2),
});

const uuidsOf = (events: readonly { readonly uuid: string }[]) =>
  events.map(({ uuid }) => uuid).toSorted();

/** Delivers what is pending to a HubSpot of its own. @returns what that got */
async function deliverAll(outbox: Outbox): Promise<readonly { readonly uuid: string }[]> {
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const credential = accessToken(demoCredentials.accessToken);
  const client = createHubSpotClient({ credential, baseUrl: hubspot.url });
  const deliverer = createDeliverer({ outbox, client });
  deliverer.start();
  await expect.poll(() => outbox.stats()).toMatchObject({ pending: 0 });
  await deliverer.stop({ drainMs: 0 });
  return hubspot.received();
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

interface Store {
  readonly steps: number;
  /** Leaves the events in a new store of the version with so many steps. @returns opens it with the code of today */
  make(steps: number, left: LeftBehind): Promise<() => Promise<Outbox>>;
}

const stores: readonly (readonly [string, Store])[] = [
  [
    'SQLite file',
    {
      steps: sqlite.migrations.length,
      async make(steps, left) {
        const path = join(folder, `${freshName()}.db`);
        makeEarlierFile(path, steps, left, STOPPED_AT);
        return () => openSqliteOutbox({ path, reserveBytes: 0 });
      },
    },
  ],
  [
    'Postgres schema',
    {
      steps: postgres.migrations.length,
      async make(steps, left) {
        const schema = freshName();
        await makeEarlierSchema(pool, schema, steps, left, STOPPED_AT);
        return () => openPostgresOutbox({ pool, schema });
      },
    },
  ],
];

describe.each(stores)('a %s of an earlier version', (_, { steps: last, make }) => {
  test.each(upTo(last))(
    'with %i steps loses nothing: what waits is delivered, what died is replayed, what was delivered is known',
    async (steps) => {
      const left = leftBehind();
      const outbox = await (await make(steps, left))();
      onTestFinished(() => outbox.close());
      expect(await outbox.stats()).toMatchObject({
        ...{ accepted: 35, pending: 30, dead: 3, delivered: 2, removed: 0 },
      });
      // Pages send again what they got no answer for.
      const all = [...left.pending, ...left.dead, ...left.delivered];
      expect(await outbox.enqueue(all)).toEqual({ stored: 0, known: 35 });

      const { items } = await outbox.listDead({ limit: 10 });
      expect(items.map(({ event }) => event)).toEqual(expect.arrayContaining([...left.dead]));
      expect(items[0]).toMatchObject({ reason: 'refused_by_hubspot', error: { status: 400 } });
      expect(await outbox.replay({ uuids: left.dead.map(({ uuid }) => uuid) })).toBe(3);

      const arrived = await deliverAll(outbox);
      expect(uuidsOf(arrived)).toEqual(uuidsOf([...left.pending, ...left.dead]));
      expect(await outbox.stats()).toMatchObject({ accepted: 35, delivered: 35, dead: 0 });
    },
  );
});

describe('an older relay before a newer store', () => {
  /** Its last words, and with which code it ended. */
  async function startAndFail(variables: Record<string, string>) {
    const env = { ...variablesFor({ url: 'http://127.0.0.1:9' }), PORT: '0', CHECK_KEY: 'false' };
    const host = spawnNodeHost({ ...env, ...variables });
    const code = await new Promise((resolve) => host.process.once('close', resolve));
    return { code, words: host.output() };
  }

  const ADVICE = /newer version.*Start the newer version again, or go back: .*docs\/upgrade\.md/;

  test('leaves a SQLite file alone, and says what to do', async () => {
    const path = join(folder, `${freshName()}.db`);
    const db = new DatabaseSync(path);
    sqlite.migrate(db, [...sqlite.migrations, 'CREATE TABLE later (x TEXT) STRICT;']);
    db.close();
    const { code, words } = await startAndFail({ OUTBOX_PATH: path });
    expect(code).not.toBe(0);
    expect(words).toContain(path);
    expect(words).toMatch(ADVICE);
  });

  test('may have an outbox of its own again, by the lines of the page', async () => {
    const place = mkdtempSync(join(folder, 'back-'));
    const path = join(place, 'hubrelay.db');
    makeEarlierFile(path, 1, leftBehind(), STOPPED_AT);
    const db = new DatabaseSync(path);
    sqlite.migrate(db, [...sqlite.migrations, 'CREATE TABLE later (x TEXT) STRICT;']);
    db.close();
    const page = readFileSync(join(import.meta.dirname, '../../../../docs/upgrade.md'), 'utf8');
    const [lines = ''] = /^ +mv hubrelay\.db .*\n.*$/m.exec(page) ?? [];
    execFileSync('sh', ['-euc', lines], { cwd: place });
    expect(existsSync(path)).toBe(false);

    const outbox = await openSqliteOutbox({ path, reserveBytes: 0 });
    onTestFinished(() => outbox.close());
    expect(await outbox.stats()).toMatchObject({ accepted: 0 });
    const kept = new DatabaseSync(join(place, 'hubrelay-newer.db'));
    expect(kept.prepare('SELECT pending, dead FROM counters').get()).toEqual({
      pending: 30,
      dead: 3,
    });
    kept.close();
  });

  test('leaves a Postgres schema alone, and says what to do', async () => {
    const newer = [...postgres.migrations, 'CREATE TABLE @.later ();'];
    await postgres.migrate(() => pool.connect(), 'hubrelay', newer);
    const { code, words } = await startAndFail({ DATABASE_URL: server.connectionString });
    expect(code).not.toBe(0);
    expect(words).toMatch(ADVICE);
  });
});
