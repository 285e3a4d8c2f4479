import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type OpenOptions,
  sampleEvent,
  sampleEvents,
  testOutbox,
} from '../../../test/outbox-contract.ts';
import type { HubSpotEvent } from '../../hubspot/event.ts';
import { resolveLimits } from '../limits.ts';
import { type Claim, OutboxUnavailableError } from '../outbox.ts';
import { outboxClock } from '../outbox-clock.ts';
import { lastTimeOf } from './engine.ts';
import { openLocally } from './local-engine.ts';
import { outboxOn } from './outbox-on-engine.ts';
import { openSqliteOutbox } from './sqlite-outbox.ts';

const directory = mkdtempSync(join(tmpdir(), 'hubrelay-sqlite-'));
let files = 0;

function freshPath(): string {
  files += 1;
  return join(directory, `${files}.db`);
}

afterAll(() => rmSync(directory, { recursive: true }));

testOutbox(
  'SQLite without a thread',
  (options) => openSqliteOutbox({ ...options, path: freshPath(), thread: false, reserveBytes: 0 }),
  { modelRuns: 50 },
);

testOutbox('SQLite that merges uuids all the time', openMerging, { modelRuns: 50 });

function openMerging(options: OpenOptions) {
  return openMergingAt(freshPath(), options);
}

async function openMergingAt(path: string, { clock, ...options }: OpenOptions) {
  const limits = resolveLimits(options);
  const engine = await openLocally({ path, lockTimeoutMs: 0, limits, mergeAt: 8, reserveBytes: 0 });
  const last = await lastTimeOf(engine);
  return outboxOn(engine, {
    path,
    clock: outboxClock({ wall: clock, monotonic: clock }, last),
    limits,
  });
}

const everything = { maxEvents: 500, maxBytes: 1e6, leaseMs: 60_000 };

describe('the file of a SQLite outbox', () => {
  test('tells which claims a process left open: HubSpot may have their events', async () => {
    const path = freshPath();
    const before = await openSqliteOutbox({ path });
    await before.enqueue(sampleEvents(3));
    const [settled, open] = await before.claim({ ...everything, maxEvents: 2 });
    await before.ack([settled as Claim]);
    await before.close();

    const after = await openSqliteOutbox({ path });
    const claims = await after.claim(everything);
    expect(claims.map(({ event, mayHaveArrived }) => [event.uuid, mayHaveArrived])).toEqual([
      [open?.event.uuid, true],
      [expect.any(String), false],
    ]);
    await after.ack(claims);
    await after.close();
    const leftOpen = new DatabaseSync(path).prepare('SELECT count(*) AS count FROM open_claim');
    expect(leftOpen.get()).toEqual({ count: 0 });
  });

  test('keeps everything when it is closed and opened again, and frees the claims', async () => {
    const path = freshPath();
    const first = await openSqliteOutbox({ path });
    const events = sampleEvents(4);
    await first.enqueue(events);
    await first.ack(await first.claim({ ...everything, maxEvents: 1 }));
    await first.bury(await first.claim({ ...everything, maxEvents: 1 }), 'expired', {});
    await first.claim({ ...everything, maxEvents: 1 });
    await first.close();

    const second = await openSqliteOutbox({ path });
    const counts = { accepted: 4, delivered: 1, dead: 1, pending: 2, removed: 0, claimed: 0 };
    expect(await second.stats()).toMatchObject(counts);
    expect(await second.enqueue(events)).toEqual({ stored: 0, known: 4 });
    expect(await second.claim(everything)).toHaveLength(2);
    await second.close();
  });

  test('stays paused when it is closed and opened again, until it is resumed', async () => {
    const path = freshPath();
    const first = await openSqliteOutbox({ path, clock: () => 1000 });
    await first.enqueue(sampleEvents(2));
    await first.pause();
    await first.close();

    const second = await openSqliteOutbox({ path, clock: () => 2000 });
    expect(await second.stats()).toMatchObject({ pending: 2, pausedAt: 1000 });
    expect(await second.claim(everything)).toEqual([]);
    await second.resume();
    expect(await second.claim(everything)).toHaveLength(2);
    await second.close();
  });

  test('knows every uuid again, merged or not, wherever its event has gone', async () => {
    const path = freshPath();
    const events: HubSpotEvent[] = [];
    for (let session = 0; session < 20; session += 1) {
      const outbox = await openMergingAt(path, { clock: Date.now });
      expect(await outbox.enqueue(events)).toEqual({ stored: 0, known: events.length });
      for (const event of sampleEvents(session)) {
        await outbox.enqueue([event]);
        events.push(event);
      }
      await outbox.ack(await outbox.claim({ ...everything, maxEvents: 3 }));
      await outbox.bury(await outbox.claim({ ...everything, maxEvents: 3 }), 'expired', {});
      await outbox.close();
    }
  });

  test('is made with its directory, for its owner alone', async () => {
    const folder = join(directory, 'made', 'for', 'it');
    const path = join(folder, 'outbox.db');
    const outbox = await openSqliteOutbox({ path });
    await outbox.enqueue([sampleEvent()]);
    const modes = [folder, path, `${path}-wal`].map((name) => statSync(name).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    await outbox.close();
  });

  test('is refused to a second relay, which may have it when the first is done', async () => {
    const path = freshPath();
    const first = await openSqliteOutbox({ path });
    const second = openSqliteOutbox({ path, lockTimeoutMs: 0 });
    await expect(second).rejects.toThrow(/Another process has it open.*use Postgres/);
    const patient = openSqliteOutbox({ path, lockTimeoutMs: 10_000 });
    await first.close();
    await (await patient).close();
  });

  const damage = [
    ['is no database', 'no database '.repeat(1000), /is not a SQLite database/],
    ['has a damaged first page', damagedDatabase(), /is damaged/],
    ['belongs to another program', otherDatabase('CREATE TABLE t (x)'), /but not an outbox/],
    ['was written by a newer version', newerDatabase(), /newer version \(schema 99, this one/],
  ] as const;

  test.each(damage)('is refused and left as it is when it %s', async (_, content, message) => {
    const path = freshPath();
    writeFileSync(path, content);
    const opening = openSqliteOutbox({ path });
    await expect(opening).rejects.toThrow(OutboxUnavailableError);
    await expect(opening).rejects.toThrow(message);
    expect(readFileSync(path).equals(Buffer.from(content))).toBe(true);
  });

  test('is refused with its path when the path is a directory', async () => {
    const opening = openSqliteOutbox({ path: directory });
    await expect(opening).rejects.toThrow(directory);
  });
});

function otherDatabase(sql: string): Buffer {
  const path = freshPath();
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
  return readFileSync(path);
}

function newerDatabase(): Buffer {
  return otherDatabase('PRAGMA application_id = 0x68726f62; PRAGMA user_version = 99;');
}

function damagedDatabase(): Buffer {
  return otherDatabase('CREATE TABLE t (x); INSERT INTO t VALUES (1)').fill(0x5a, 100, 4096);
}
