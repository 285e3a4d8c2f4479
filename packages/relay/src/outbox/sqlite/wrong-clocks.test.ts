import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { sampleEvents } from '../../../test/outbox-contract.ts';
import { MAX_DOWNTIME_MS } from '../outbox-clock.ts';
import { migrate, migrations } from './schema.ts';
import { openSqliteOutbox } from './sqlite-outbox.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

const directory = mkdtempSync(join(tmpdir(), 'hubrelay-clocks-'));
let files = 0;
afterAll(() => rmSync(directory, { recursive: true }));

const everything = { maxEvents: 500, maxBytes: 1e6, leaseMs: MINUTE };

/** A machine whose clock can be set, and an outbox on it that can be opened again. */
function machine() {
  files += 1;
  const path = join(directory, `${files}.db`);
  let passed = 0;
  let offset = 0;
  const wall = () => START + passed + offset;
  return {
    path,
    wall,
    open: () =>
      openSqliteOutbox({
        path,
        clock: wall,
        monotonic: () => passed,
        thread: false,
        reserveBytes: 0,
      }),
    pass: (ms: number) => {
      passed += ms;
    },
    setClock: (ms: number) => {
      offset = ms;
    },
  };
}

test.each([
  ['30 days ahead', 30 * DAY],
  ['an hour back', -HOUR],
  ['two years back', -730 * DAY],
])(
  'events that were stored while the clock was %s are claimed when it is right',
  async (_, offset) => {
    const { open, pass, setClock, wall } = machine();
    const outbox = await open();
    setClock(offset);
    await outbox.enqueue(sampleEvents(2));
    pass(MINUTE);
    setClock(0);
    expect((await outbox.stats()).oldestPendingAt).toBe(wall() - MINUTE);
    await outbox.close();

    const reopened = await open();
    const claims = await reopened.claim(everything);
    expect(claims).toHaveLength(2);
    // Its age is right, though the time of day was not.
    expect(wall() - (claims[0]?.enqueuedAt ?? 0)).toBe(MINUTE);
    await reopened.close();
  },
);

test('events that were stored before the clock was set back are claimed', async () => {
  const { open, pass, setClock } = machine();
  const outbox = await open();
  await outbox.enqueue(sampleEvents(2));
  setClock(-HOUR);
  pass(1);
  expect(await outbox.claim(everything)).toHaveLength(2);
  await outbox.close();
});

test('no event expires of a clock that is days ahead, in a restart either', async () => {
  const { open, pass, setClock } = machine();
  const outbox = await open();
  await outbox.enqueue(sampleEvents(2));
  pass(MINUTE);
  setClock(3 * DAY);
  expect(await outbox.sweep()).toEqual({ expired: 0, dropped: 0, purged: 0 });
  await outbox.close();
  setClock(6 * DAY);
  const reopened = await open();
  expect(await reopened.sweep()).toEqual({ expired: 0, dropped: 0, purged: 0 });
  pass(2 * DAY - MAX_DOWNTIME_MS);
  expect(await reopened.sweep()).toEqual({ expired: 2, dropped: 0, purged: 0 });
  await reopened.close();
});

test('no dead letter goes in a minute in which the clock is a month ahead', async () => {
  const { open, pass, setClock, wall } = machine();
  const outbox = await open();
  await outbox.enqueue(sampleEvents(2));
  await outbox.bury(await outbox.claim(everything), 'refused_by_hubspot', { status: 400 });
  pass(MINUTE);
  setClock(31 * DAY);
  expect(await outbox.sweep()).toEqual({ expired: 0, dropped: 0, purged: 0 });
  await outbox.close();
  const reopened = await open();
  expect(await reopened.sweep()).toEqual({ expired: 0, dropped: 0, purged: 0 });
  expect(await reopened.stats()).toMatchObject({ dead: 2 });

  // By the time of day that everybody sees.
  setClock(0);
  const diedAt = (await reopened.listDead({ limit: 1 })).items[0]?.lastAt ?? 0;
  expect(wall() - diedAt).toBeLessThanOrEqual(MAX_DOWNTIME_MS + MINUTE);
  expect(await reopened.listDead({ limit: 9, after: diedAt })).toMatchObject({ items: [{}, {}] });
  expect(await reopened.listDead({ limit: 9, before: diedAt })).toEqual({ items: [] });
  pass(31 * DAY);
  expect(await reopened.sweep()).toEqual({ expired: 0, dropped: 0, purged: 2 });
  await reopened.close();
});

test('an event that an older version stored or put off while the clock was wrong is due', async () => {
  const { open, path } = machine();
  const db = new DatabaseSync(path);
  migrate(db, migrations.slice(0, 4));
  const [first, second] = sampleEvents(2);
  for (const [index, [event, enqueuedAt, dueAt]] of [
    [first, START - HOUR, START + 30 * DAY],
    [second, START, START],
  ].entries()) {
    db.prepare(
      `INSERT INTO pending (seq, uuid, event, bytes, enqueued_at, due_at, attempts) VALUES (?, ?, ?, 9, ?, ?, 0)`,
    ).run(
      index + 1,
      (event as { uuid: string }).uuid,
      JSON.stringify(event),
      enqueuedAt as number,
      dueAt as number,
    );
  }
  db.exec('UPDATE counters SET pending = 2, accepted = 2, seq = 2');
  db.close();
  const outbox = await open();
  expect(await outbox.claim(everything)).toHaveLength(2);
  await outbox.close();
});
