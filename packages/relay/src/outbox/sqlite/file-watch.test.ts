import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { FileWatch } from './file-watch.ts';

const CHECKPOINT_BYTES = 1000 * 4096;

function database(path: string, rows: number): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = wal; CREATE TABLE t (text)');
  for (let row = 0; row < rows; row += 1) db.exec(`INSERT INTO t VALUES ('${rows}')`);
  return db;
}

function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'hubrelay-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const other = join(folder, 'other.db');
  database(other, 5).close();
  const path = join(folder, 'outbox.db');
  const db = database(path, 1);
  const watch = new FileWatch(path);
  onTestFinished(() => watch.close());
  return { db, watch, spoil: () => copyFileSync(other, path) };
}

test('a file that is overwritten in the middle of a transaction is noticed after it', () => {
  const { db, watch, spoil } = opened();
  expect(watch.change()).toBeUndefined();
  db.exec("BEGIN IMMEDIATE; INSERT INTO t VALUES ('mine')");
  spoil();
  db.exec('COMMIT');
  expect(watch.changeBeside(CHECKPOINT_BYTES)).toBe('overwritten');
});

test('what a checkpoint of our own writes into the file is no change by others', () => {
  const { db, watch } = opened();
  db.exec("INSERT INTO t VALUES ('mine')");
  expect(watch.changeBeside(CHECKPOINT_BYTES)).toBeUndefined();
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  expect(watch.changeBeside(0)).toBeUndefined();
  db.exec("INSERT INTO t VALUES ('mine, too')");
  expect(watch.change()).toBeUndefined();
});
