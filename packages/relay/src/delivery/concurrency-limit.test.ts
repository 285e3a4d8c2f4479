import { expect, test } from 'vitest';
import type { Outcome, Retry } from '../outcome.ts';
import { createConcurrencyLimit } from './concurrency-limit.ts';

const delivered: Outcome = { kind: 'delivered' };

function failed(cause: Retry['cause']): Outcome {
  return { kind: 'retry', cause, notBeforeMs: 0, error: {} };
}

/** Delivers `calls` one after the other, each in `durationMs`. @returns when the last ended */
function deliver(
  limit: ReturnType<typeof createConcurrencyLimit>,
  calls: number,
  durationMs: number,
  from = 0,
) {
  for (let call = 0; call < calls; call++) {
    limit.record(delivered, from + call * durationMs, durationMs);
  }
  return from + calls * durationMs;
}

test('grows by about one per round, up to the most', () => {
  const limit = createConcurrencyLimit(16);
  expect(limit.current()).toBe(4);
  deliver(limit, 5, 100);
  expect(limit.current()).toBe(5);
  deliver(limit, 1000, 100);
  expect(limit.current()).toBe(16);
});

test.each(['rate_limited', 'timeout'] as const)(
  'halves when HubSpot is overloaded: %s',
  (cause) => {
    const limit = createConcurrencyLimit(16);
    const now = deliver(limit, 1000, 100);
    limit.record(failed(cause), now, 100);
    expect(limit.current()).toBe(8);
  },
);

test('halves once for calls that were on their way together, and never below one', () => {
  const limit = createConcurrencyLimit(16);
  const now = deliver(limit, 1000, 100);
  for (let call = 0; call < 8; call++) limit.record(failed('rate_limited'), now, 100 + call);
  expect(limit.current()).toBe(8);
  for (let round = 1; round < 20; round++) {
    limit.record(failed('rate_limited'), now + round * 1000, 100);
  }
  expect(limit.current()).toBe(1);
});

test('shrinks when calls become slow', () => {
  const limit = createConcurrencyLimit(16);
  const now = deliver(limit, 1000, 100);
  limit.record(delivered, now, 2000);
  expect(limit.current()).toBe(14);
});

test('stays when HubSpot fails for another reason', () => {
  const limit = createConcurrencyLimit(16);
  const now = deliver(limit, 1000, 100);
  limit.record(failed('server_error'), now, 100);
  limit.record(failed('network'), now, 100);
  expect(limit.current()).toBe(16);
});

test('is never above what the owner allows', () => {
  expect(createConcurrencyLimit(1).current()).toBe(1);
});
