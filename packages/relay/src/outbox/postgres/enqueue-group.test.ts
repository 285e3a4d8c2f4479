import { expect, test } from 'vitest';
import { OutboxUnavailableError } from '../outbox.ts';
import { type Entry, groupEnqueues } from './enqueue-group.ts';

const entry = (number: number): Entry => ({
  uuid: `${number}`,
  key: `${number} pe1_signup`,
  sender: 'page',
  json: '{}',
  bytes: 2,
  utk: null,
});

/** A table that takes a turn for each transaction, and refuses those with a `poison` in them. */
function groupOn(poison?: Entry) {
  const transactions: (readonly Entry[])[] = [];
  const stored = new Set<string>();
  const group = groupEnqueues(async (entries) => {
    transactions.push(entries);
    await new Promise((resolve) => setImmediate(resolve));
    if (poison && entries.includes(poison)) throw new Error('does not fit');
    const fresh = entries.filter(({ key }) => !stored.has(key));
    for (const { key } of fresh) stored.add(key);
    return new Set(fresh.map(({ key }) => key));
  });
  return { group, transactions };
}

test('calls that come while a transaction is under way share the next one', async () => {
  const { group, transactions } = groupOn();
  const first = group.enqueue([entry(0)]);
  await new Promise((resolve) => setImmediate(resolve));
  const others = Array.from({ length: 100 }, (_, number) => group.enqueue([entry(number)]));
  expect(await first).toEqual({ stored: 1, known: 0 });
  const results = await Promise.all(others);
  expect(results.map(({ stored }) => stored)).toEqual([0, ...Array(99).fill(1)]);
  expect(transactions).toHaveLength(2);
});

test('a call that does not fit is refused alone', async () => {
  const poison = entry(2);
  const { group } = groupOn(poison);
  const calls = [entry(1), poison, entry(3)].map((one) => group.enqueue([one]));
  expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
});

test('no transaction is larger than one statement may be', async () => {
  const { group, transactions } = groupOn();
  const calls = Array.from({ length: 20 }, (_, call) =>
    group.enqueue(Array.from({ length: 500 }, (_, number) => entry(call * 500 + number))),
  );
  await Promise.all(calls);
  expect(Math.max(...transactions.map(({ length }) => length))).toBeLessThanOrEqual(2000);
  expect(transactions.flat()).toHaveLength(10_000);
});

test('calls that a server does not answer are refused together, not one after the other', async () => {
  let transactions = 0;
  const group = groupEnqueues(async () => {
    transactions += 1;
    throw new OutboxUnavailableError('timeout');
  });
  const calls = Array.from({ length: 40 }, (_, number) => group.enqueue([entry(number)]));
  const results = await Promise.allSettled(calls);
  expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  expect(transactions).toBe(1);
});
