import { expect, test } from 'vitest';
import { event } from '../../../test/support/events.ts';
import { fakeD1, fakeMessage, fakeQueue } from '../../../test/support/fake-queues.ts';
import { createVirtualClock } from '../../../test/support/virtual-clock.ts';
import { silentLogger } from '../../observe/log.ts';
import { consumeDead } from './consume.ts';
import { d1DeadLetters } from './d1-dead-letters.ts';
import { d1Tables } from './d1-tables.ts';
import { forgottenIn } from './forgotten.ts';
import { MAX_WAIT_MS } from './put-off.ts';

// What is let go of in one place must be safe in the other before.

const DAY = 86_400_000;

function setUp() {
  const d1 = fakeD1();
  const tables = d1Tables(d1);
  const clock = createVirtualClock();
  const queue = fakeQueue();
  const forgotten = forgottenIn(tables, clock.now);
  const limits = { maxDead: 100, maxDeadBytes: 1e6 };
  const deadLetters = d1DeadLetters(tables, { queue, forgotten, maxRejected: 10, limits });
  const consumer = { deadLetters, forgotten, queue, dead: fakeQueue(), clock, random: () => 0.5 };
  return { d1, clock, queue, forgotten, deadLetters, consumer: { ...consumer, log: silentLogger } };
}

const deadMessage = (number: number) => fakeMessage({ kind: 'event', event: event(number) });
const all = { limit: 10 };

test('a dead letter that D1 does not take is not acknowledged: it comes again', async () => {
  const { d1, consumer, deadLetters } = setUp();
  const add = async () => {
    throw new Error('D1 is full');
  };
  const message = deadMessage(1);
  await consumeDead([message], { ...consumer, deadLetters: { ...deadLetters, add } });
  expect(message.fate()).toMatchObject({ retryInSeconds: expect.any(Number) });

  d1.isDown = true;
  const another = deadMessage(2);
  await consumeDead([another], consumer);
  expect(another.fate()).toMatchObject({ retryInSeconds: expect.any(Number) });
});

test('a replay whose queue takes nothing deletes no dead letter', async () => {
  const { consumer, queue, deadLetters } = setUp();
  await consumeDead([deadMessage(1)], consumer);
  const works = queue.sendBatch;
  queue.sendBatch = async () => {
    throw new Error('the queue is away');
  };
  await expect(deadLetters.replay({})).rejects.toThrow('the queue is away');
  expect((await deadLetters.listDead(all)).items).toMatchObject([{ event: event(1) }]);

  queue.sendBatch = works;
  expect(await deadLetters.replay({})).toBe(1);
  expect(queue.bodies).toEqual([{ kind: 'event', event: event(1) }]);
  expect((await deadLetters.listDead(all)).items).toEqual([]);
});

test('an erasure is remembered for as long as an event can wait in a queue', async () => {
  const { clock, forgotten } = setUp();
  const since = clock.now();
  const value = event(1).utk ?? '';
  await forgotten.add({ field: 'utk', value });
  const isForgotten = async () => {
    await forgotten.purge();
    const item = { event: event(1), since };
    return (await forgotten.find([item]))(item);
  };
  await clock.advance(MAX_WAIT_MS);
  expect(await isForgotten()).toBe(true);
  await clock.advance(DAY + 1);
  expect(await isForgotten()).toBe(false);
});

test('of a message the first word counts, as in workerd', () => {
  const message = deadMessage(1);
  message.ack();
  message.retry();
  expect(message.fate()).toBe('acknowledged');
});
