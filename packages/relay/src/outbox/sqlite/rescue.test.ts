import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { sampleEvents } from '../../../test/outbox-contract.ts';
import type { HubSpotEvent } from '../../hubspot/event.ts';
import { rescueOutbox } from './rescue.ts';
import { migrate, migrations } from './schema.ts';
import { openSqliteOutbox } from './sqlite-outbox.ts';

const directory = mkdtempSync(join(tmpdir(), 'hubrelay-rescue-'));
afterAll(() => rmSync(directory, { recursive: true }));

const everything = { maxEvents: 500, maxBytes: 1e7, leaseMs: 60_000 };

/** An outbox of two thousand events and a dead letter, of which some pages are garbage. */
async function damaged(): Promise<string> {
  const path = join(directory, 'outbox.db');
  const outbox = await openSqliteOutbox({ path });
  for (let call = 0; call < 20; call += 1) await outbox.enqueue(sampleEvents(100));
  const claims = await outbox.claim({ ...everything, maxEvents: 1 });
  await outbox.bury(claims, 'refused_by_hubspot', { status: 400 });
  await outbox.close();
  const middle = Math.floor(statSync(path).size / 4096 / 2) * 4096;
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(3 * 4096, 0x5a), 0, 3 * 4096, middle);
  closeSync(fd);
  return path;
}

test('a damaged file is named and left alone, and most of its events can be rescued', async () => {
  const path = await damaged();
  const before = readFileSync(path);
  await expect(openSqliteOutbox({ path })).rejects.toThrow(
    `Outbox ${path}: It is damaged, and was left alone. Save what can be read: hubrelay rescue ${path} ${path}.rescued`,
  );
  const rescued = `${path}.rescued`;
  const copied: number[] = [];
  const saved = await rescueOutbox(path, rescued, (rows) => void copied.push(rows));
  expect(copied.at(-1)).toBe(saved.pending + saved.dead);
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(saved).toMatchObject({ pending: expect.any(Number), dead: 1 });
  expect(saved.pending).toBeGreaterThan(1900);
  expect(saved.gaps).toBeGreaterThan(0);

  const outbox = await openSqliteOutbox({ path: rescued });
  const { pending, dead, accepted, delivered, removed } = await outbox.stats();
  expect(pending).toBe(saved.pending);
  expect(accepted).toBe(delivered + dead + pending + removed);
  // All of it can be delivered, and new events come in.
  expect(await outbox.enqueue(sampleEvents(1))).toEqual({ stored: 1, known: 0 });
  for (let claims = await outbox.claim(everything); claims.length > 0; ) {
    await outbox.ack(claims);
    claims = await outbox.claim(everything);
  }
  expect(await outbox.stats()).toMatchObject({ pending: 0, delivered: pending + 1 });
  await outbox.close();
});

test('a pause, claims that a crash left open and deliveries of an older version are rescued, too', async () => {
  const path = join(directory, 'paused.db');
  const outbox = await openSqliteOutbox({ path, thread: false });
  const [first, second, known] = sampleEvents(3) as [HubSpotEvent, HubSpotEvent, HubSpotEvent];
  await outbox.enqueue([first, second]);
  await outbox.claim({ ...everything, maxEvents: 1 });
  await outbox.pause();
  await outbox.close();
  const db = new DatabaseSync(path);
  db.prepare('INSERT INTO delivered_unnamed VALUES (?, ?)').run(known.uuid, Date.now());
  db.close();

  await rescueOutbox(path, `${path}.rescued`);
  const rescued = await openSqliteOutbox({ path: `${path}.rescued` });
  expect(await rescued.claim(everything)).toEqual([]);
  expect(await rescued.stats()).toMatchObject({ pending: 2, pausedAt: expect.any(Number) });
  expect(await rescued.enqueue([known])).toEqual({ stored: 0, known: 1 });
  await rescued.resume();
  const claims = await rescued.claim(everything);
  expect(claims.map(({ event, mayHaveArrived }) => [event.uuid, mayHaveArrived])).toEqual([
    [first.uuid, true],
    [second.uuid, false],
  ]);
  await rescued.close();
});

test('a file of a version without these tables is rescued, with what it has delivered', async () => {
  const path = join(directory, 'older.db');
  const [waiting, delivered] = sampleEvents(2) as [HubSpotEvent, HubSpotEvent];
  const db = new DatabaseSync(path);
  migrate(db, migrations.slice(0, 1));
  const row = [waiting.uuid, JSON.stringify(waiting), waiting.utk ?? null];
  db.prepare('INSERT INTO pending VALUES (1, ?, ?, 100, ?, 0, 0, 0, NULL)').run(...row);
  db.prepare('INSERT INTO delivered VALUES (2, ?, ?)').run(delivered.uuid, Date.now());
  db.close();

  expect(await rescueOutbox(path, `${path}.rescued`)).toEqual({ pending: 1, dead: 0, gaps: 0 });
  const rescued = await openSqliteOutbox({ path: `${path}.rescued` });
  expect(await rescued.enqueue([waiting, delivered])).toEqual({ stored: 0, known: 2 });
  await rescued.close();
});

test('a rescue says what it cannot do', async () => {
  const path = join(directory, 'first-page.db');
  writeFileSync(path, readFileSync(join(directory, 'outbox.db')).fill(0x5a, 100, 4096));
  await expect(rescueOutbox(path, join(directory, 'new.db'))).rejects.toThrow(
    /first page is damaged/,
  );
  await expect(rescueOutbox(path, path)).rejects.toThrow(/exists already/);
});
