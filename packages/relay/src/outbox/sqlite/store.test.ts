import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { sampleEvents } from '../../../test/outbox-contract.ts';
import { resolveLimits } from '../limits.ts';
import { openDatabase } from './database.ts';
import { MERGE_AT } from './known-keys.ts';
import { toStored } from './pending-events.ts';
import { type Guard, SqliteStore } from './store.ts';

const PAGE_BYTES = 4096;

/** As long as no other program touches the file and its disk has room. */
const allIsWell: Guard = {
  problem: () => undefined,
  problemBefore: () => undefined,
  problemAfter: () => undefined,
  makeRoom: () => false,
  diskLow: () => ({ code: 'disk_low', message: '' }),
  close: (closeDatabase) => closeDatabase(),
};

/** Writes garbage over all pages of the file but the first ones, as a disk does that loses them. */
function damage(path: string, intactPages: number): void {
  const { size } = statSync(path);
  const fd = openSync(path, 'r+');
  for (let at = intactPages * PAGE_BYTES; at < size; at += PAGE_BYTES) {
    writeSync(fd, Buffer.alloc(PAGE_BYTES, 0x5a), 0, PAGE_BYTES, at);
  }
  closeSync(fd);
}

const claim = {
  action: 'claim',
  args: [{ maxEvents: 500, maxBytes: 1e7, leaseMs: 60_000 }, Date.now()],
} as const;

const enqueue = (count: number) => {
  const events = sampleEvents(count).map((event) => toStored(event, 'page'));
  return { action: 'enqueue', args: [events, Date.now() - 1000] } as const;
};

async function openStore() {
  const folder = mkdtempSync(join(tmpdir(), 'hubrelay-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'outbox.db');
  const db = await openDatabase(path, 0);
  const limits = resolveLimits({});
  const options = { path, limits, mergeAt: MERGE_AT, reserveBytes: 0 };
  return { db, path, store: new SqliteStore(db, options, allIsWell) };
}

test('events whose claim was rolled back are claimed by the next call', async () => {
  const { db, store } = await openStore();
  store.transact([enqueue(3)]);
  const exec = vi.spyOn(db, 'exec').mockImplementation((sql) => {
    if (sql !== 'COMMIT') return db.prepare(sql).run() as never;
    throw new Error('the disk does not answer');
  });
  expect(store.transact([claim])).toMatchObject([{ refused: 'unavailable' }]);
  exec.mockRestore();
  const [again] = store.transact([claim]);
  expect(again).toMatchObject({ value: { tokens: { length: 3 } } });
  store.close();
});

test('a file that is found damaged while the relay runs takes no more events, and says why', async () => {
  const { db, path, store } = await openStore();
  const problem = { action: 'problem', args: [] } as const;
  expect(store.transact([enqueue(500), problem])).toEqual([
    { value: { stored: 500, known: 0 } },
    { value: undefined },
  ]);

  // What is in SQLite's memory needs no disk.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory');
  damage(path, 4);
  const found = {
    code: 'file_damaged',
    message: expect.stringContaining(
      `Stop the relay, save what can be read: hubrelay rescue ${path}`,
    ),
  };
  const refused = { refused: 'unavailable', message: found.message };
  expect(store.transact([claim, problem])).toEqual([refused, { value: found }]);
  expect(store.transact([enqueue(1)])).toEqual([refused]);
  expect(store.transact([problem])).toEqual([{ value: found }]);
  store.close();
});
