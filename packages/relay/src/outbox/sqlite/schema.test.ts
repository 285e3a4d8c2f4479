import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { sampleEvents } from '../../../test/outbox-contract.ts';
import { openDatabase } from './database.ts';
import { migrate, migrations } from './schema.ts';
import { openSqliteOutbox } from './sqlite-outbox.ts';

const directory = mkdtempSync(join(tmpdir(), 'hubrelay-schema-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));

function freshPath(): string {
  files += 1;
  return join(directory, `${files}.db`);
}

function withDatabase<T>(path: string, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path);
  try {
    return use(db);
  } finally {
    db.close();
  }
}

const versionOf = (db: DatabaseSync) => db.prepare('PRAGMA user_version').get()?.user_version;

const tablesOf = (db: DatabaseSync) =>
  db.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();

/** A file of the present version with two pending events and a dead letter. @returns its path */
async function filled(): Promise<string> {
  const path = freshPath();
  const outbox = await openSqliteOutbox({ path, thread: false });
  await outbox.enqueue(sampleEvents(3));
  const claims = await outbox.claim({ maxEvents: 1, maxBytes: 1e6, leaseMs: 1 });
  await outbox.bury(claims, 'refused_by_hubspot', { status: 400 });
  await outbox.close();
  return path;
}

type Stored = ReturnType<typeof sampleEvents>[number];

/** A step that a later version might add. */
const LATER = 'ALTER TABLE pending ADD COLUMN priority INTEGER NOT NULL DEFAULT 7;';

describe('the migrations', () => {
  test('lead to the same tables from every version', () => {
    const fresh = withDatabase(freshPath(), (db) => {
      migrate(db);
      return tablesOf(db);
    });
    for (let version = 0; version <= migrations.length; version += 1) {
      withDatabase(freshPath(), (db) => {
        migrate(db, migrations.slice(0, version));
        expect(versionOf(db)).toBe(version);
        migrate(db);
        expect(versionOf(db)).toBe(migrations.length);
        expect(tablesOf(db)).toEqual(fresh);
      });
    }
  });

  test('keep what an older version has stored', async () => {
    const path = await filled();
    withDatabase(path, (db) => {
      migrate(db, [...migrations, LATER]);
      expect(versionOf(db)).toBe(migrations.length + 1);
      expect(db.prepare('SELECT priority FROM pending').all()).toEqual([
        { priority: 7 },
        { priority: 7 },
      ]);
      expect(db.prepare('SELECT count(*) AS count FROM dead').get()).toEqual({ count: 1 });
    });
  });

  test('know again what an older version knew by its uuid alone', async () => {
    const path = freshPath();
    const [pending, dead, delivered] = sampleEvents(3) as [Stored, Stored, Stored];
    withDatabase(path, (db) => {
      migrate(db, migrations.slice(0, 3));
      const row = (event: Stored) => [event.uuid, JSON.stringify(event)];
      db.prepare(
        'INSERT INTO pending (seq, uuid, event, bytes, enqueued_at, due_at, attempts) VALUES (1, ?, ?, 9, 0, 0, 0)',
      ).run(...row(pending));
      db.prepare(
        `INSERT INTO dead (seq, uuid, event, bytes, event_name, reason, error, attempts, first_at, died_at)
         VALUES (2, ?, ?, 9, 'pe1234567_signup', 'expired', '{}', 0, 0, 0)`,
      ).run(...row(dead));
      db.prepare('INSERT INTO delivered VALUES (3, ?, 0)').run(delivered.uuid);
      db.exec('UPDATE counters SET accepted = 3, delivered = 1, dead = 1, pending = 1, seq = 3');
    });
    let now = 1000;
    const outbox = await openSqliteOutbox({ path, thread: false, clock: () => now });
    const resent = [pending, dead, delivered];
    expect(await outbox.enqueue(resent)).toEqual({ stored: 0, known: 3 });
    const renamed = resent.map((event) => ({ ...event, eventName: 'pe1234567_order' }));
    // Of what was delivered the older version noted no name.
    expect(await outbox.enqueue(renamed)).toEqual({ stored: 2, known: 1 });
    now += 86_400_000;
    await outbox.sweep();
    expect(await outbox.enqueue([delivered])).toEqual({ stored: 1, known: 0 });
    await outbox.close();
  });

  test('leave the file as it was when a step fails', async () => {
    const path = await filled();
    const tables = withDatabase(path, tablesOf);
    withDatabase(path, (db) => {
      expect(() => migrate(db, [...migrations, `${LATER} NO SQL;`])).toThrow(/syntax error/);
    });
    withDatabase(path, (db) => {
      expect(versionOf(db)).toBe(migrations.length);
      expect(tablesOf(db)).toEqual(tables);
    });
    const outbox = await openSqliteOutbox({ path, thread: false });
    expect(await outbox.stats()).toMatchObject({ pending: 2, dead: 1 });
    await outbox.close();
  });
});

test('a commit waits for the disk', async () => {
  const db = await openDatabase(freshPath(), 0);
  const FULL = 2;
  expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: FULL });
  expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  db.close();
});
