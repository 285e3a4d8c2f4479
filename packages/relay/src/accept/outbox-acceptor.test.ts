import { expect, test } from 'vitest';
import { events } from '../../test/support/events.ts';
import { createMemoryOutbox } from '../../test/support/memory-outbox.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { silentLogger } from '../observe/log.ts';
import type { Acceptance } from './acceptor.ts';
import { outboxAcceptor } from './outbox-acceptor.ts';

function acceptorOf(maxEvents: number) {
  const outbox = createMemoryOutbox({ clock: () => 0, maxEvents });
  let wakes = 0;
  const wake = () => void wakes++;
  return {
    outbox,
    acceptor: outboxAcceptor(outbox, { wake, log: silentLogger }),
    wakes: () => wakes,
  };
}

test('events are stored before they are accepted, and the deliverer is woken', async () => {
  const { outbox, acceptor, wakes } = acceptorOf(10);
  expect(await acceptor.accept(events(3))).toEqual({ kind: 'stored' });
  expect(await outbox.stats()).toMatchObject({ pending: 3 });
  expect(wakes()).toBe(1);
});

test('a full outbox asks for patience, and stores nothing of the request', async () => {
  const { outbox, acceptor } = acceptorOf(2);
  expect(await acceptor.accept(events(3))).toEqual({
    kind: 'not_now',
    reason: 'outbox_full',
    retryAfterMs: 30_000,
  });
  expect(await outbox.stats()).toMatchObject({ pending: 0 });
});

test('storage that fails accepts nothing', async () => {
  const { outbox, acceptor, wakes } = acceptorOf(2);
  await outbox.close();
  expect(await acceptor.accept(events(1))).toMatchObject({ reason: 'outbox_unavailable' });
  expect(wakes()).toBe(0);
});

test('after any number of failures it takes events as at the beginning', async () => {
  const { outbox } = acceptorOf(1_000);
  let fails = true;
  const flaky = {
    ...outbox,
    enqueue: async (batch: Parameters<typeof outbox.enqueue>[0]) => {
      if (fails) throw new Error('no answer');
      return outbox.enqueue(batch);
    },
  };
  const acceptor = outboxAcceptor(flaky, { wake: () => {}, log: silentLogger });
  for (let time = 0; time < 500; time += 1) await acceptor.accept(events(50));
  fails = false;
  expect(await acceptor.accept(events(50))).toEqual({ kind: 'stored' });
});

test('before a disk that hangs only so many events wait in memory', async () => {
  const { outbox } = acceptorOf(10);
  const hanging = { ...outbox, enqueue: () => new Promise<never>(() => {}) };
  const acceptor = outboxAcceptor(hanging, { wake: () => {}, log: silentLogger });
  const batch = events(50);
  let waiting = 0;
  let refused = 0;
  const count = (answer: Acceptance) => {
    if (answer.kind === 'not_now') refused += batch.length;
  };
  for (; waiting < 100_000; waiting += batch.length) void acceptor.accept(batch).then(count);
  await Promise.resolve();
  expect(refused).toBeGreaterThan(0);
  expect(waiting - refused).toBeLessThan(50_000);
});

test('storage that does not answer is 503 in time, and what it stores after all is delivered', async () => {
  const { outbox } = acceptorOf(10);
  const clock = createVirtualClock();
  let wakes = 0;
  let letGo = () => {};
  const slow = {
    ...outbox,
    async enqueue(batch: Parameters<typeof outbox.enqueue>[0]) {
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      return outbox.enqueue(batch);
    },
  };
  const wake = () => void wakes++;
  const acceptor = outboxAcceptor(slow, { wake, log: silentLogger, clock });
  let answer: Acceptance | undefined;
  void acceptor.accept(events(3)).then((acceptance) => {
    answer = acceptance;
  });
  await clock.advance(9_000);
  expect(answer).toBeUndefined();
  await clock.advance(1_000);
  expect(answer).toMatchObject({ kind: 'not_now', reason: 'outbox_unavailable' });
  letGo();
  await clock.advance(0);
  expect(wakes).toBe(1);
  expect(await outbox.stats()).toMatchObject({ pending: 3 });
});

test('an answer in time leaves no timer behind', async () => {
  const { outbox } = acceptorOf(10);
  const clock = createVirtualClock();
  const acceptor = outboxAcceptor(outbox, { wake: () => {}, log: silentLogger, clock });
  await acceptor.accept(events(3));
  expect(clock.timers()).toBe(0);
});
