import { expect, test } from 'vitest';
import { event } from '../../../test/support/events.ts';
import { type FakeD1, fakeD1, fakeMessage, fakeQueue } from '../../../test/support/fake-queues.ts';
import { createVirtualClock } from '../../../test/support/virtual-clock.ts';
import type { DeadLetter, DeadReason } from '../../outbox/outbox.ts';
import { consumeDead } from './consume.ts';
import { d1DeadLetters } from './d1-dead-letters.ts';
import { d1Pause } from './d1-pause.ts';
import { d1Tables } from './d1-tables.ts';
import { forgottenIn } from './forgotten.ts';
import { queueStats } from './queue-stats.ts';

const BYTES = Buffer.byteLength(JSON.stringify(event(1)));

function setUp(limits: { maxDead?: number; maxDeadBytes?: number }, d1: FakeD1 = fakeD1()) {
  const tables = d1Tables(d1);
  const clock = createVirtualClock();
  const queue = fakeQueue();
  const forgotten = forgottenIn(tables, clock.now);
  const all = { maxDead: 100, maxDeadBytes: 1e6, ...limits };
  const deadLetters = d1DeadLetters(tables, { queue, forgotten, maxRejected: 10, limits: all });
  const stats = () => queueStats({ events: queue, deadLetters, pause: d1Pause(tables, clock.now) });
  return { d1, tables, clock, queue, forgotten, deadLetters, stats };
}

const letters = (reason: DeadReason, ...numbers: number[]): DeadLetter[] =>
  numbers.map((number) => {
    const times = { attempts: 1, firstAt: 1, lastAt: 2 };
    return { event: event(number), reason, error: {}, ...times };
  });

test('what does not fit among the dead letters is counted by reason, and the last quarter is kept for what expires', async () => {
  const { deadLetters, stats } = setUp({ maxDead: 4 });
  expect(await deadLetters.add(letters('refused_by_hubspot', 1, 2, 3, 4, 5))).toEqual({
    refused_by_hubspot: 2,
    expired: 0,
  });
  await deadLetters.add(letters('rejected_by_policy', 6));
  expect(await deadLetters.add(letters('expired', 7, 8))).toMatchObject({ expired: 1 });
  const dropped = { refused_by_hubspot: 2, expired: 1 };
  const deadByReason = { refused_by_hubspot: 3, expired: 1 };
  expect(await stats()).toMatchObject({ dead: 4, deadByReason, dropped });
});

test('bytes have a limit, too, and a purge or a replay makes room', async () => {
  const { deadLetters } = setUp({ maxDeadBytes: 4 * BYTES });
  const add = (...numbers: number[]) => deadLetters.add(letters('refused_by_hubspot', ...numbers));
  expect(await add(1, 2, 3, 4)).toMatchObject({ refused_by_hubspot: 1 });
  await deadLetters.purge({ uuids: [event(1).uuid] });
  await deadLetters.replay({ uuids: [event(2).uuid] });
  expect(await add(5, 6, 7)).toMatchObject({ refused_by_hubspot: 1 });
});

test('a message that comes again finds its dead letter, also where there is no room', async () => {
  const { deadLetters, stats } = setUp({ maxDead: 2 });
  await deadLetters.add(letters('expired', 1, 2));
  expect(await deadLetters.add(letters('expired', 1))).toMatchObject({ expired: 0 });
  expect(await stats()).toMatchObject({ dead: 2, dropped: { expired: 0 } });
});

test('dead letters of before there were limits count', async () => {
  const d1 = fakeD1();
  const before = setUp({}, d1);
  await before.deadLetters.add(letters('expired', 1, 2));
  await before.tables.change('DROP TRIGGER dead_added');
  await before.tables.change('DROP TRIGGER dead_taken');
  await before.tables.change('DROP TABLE dead_size');
  const { deadLetters } = setUp({ maxDead: 2 }, d1);
  expect(await deadLetters.add(letters('expired', 3))).toMatchObject({ expired: 1 });
});

test('what has no room is acknowledged, and the log says what to do', async () => {
  const { deadLetters, forgotten, clock } = setUp({ maxDead: 1 });
  const lines: unknown[] = [];
  const write = () => {};
  const log = {
    debug: write,
    info: write,
    warn: write,
    error: (fields: object, message: string) => void lines.push([fields, message]),
  };
  const messages = [1, 2].map((number) => fakeMessage({ kind: 'event', event: event(number) }));
  const queues = { queue: fakeQueue(), dead: fakeQueue() };
  await consumeDead(messages, {
    deadLetters,
    forgotten,
    ...queues,
    clock,
    random: Math.random,
    log,
  });
  expect(messages.map((message) => message.fate())).toEqual(['acknowledged', 'acknowledged']);
  const told = [{ events: 1, reason: 'expired' }, expect.stringContaining('OUTBOX_MAX_DEAD')];
  expect(lines).toEqual([told]);
});
