import { expect, test } from 'vitest';
import type { Outcome, Retry } from '../hubspot/outcome.ts';
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
  expect(limit.current()).toBe(8);
  deliver(limit, 9, 100);
  expect(limit.current()).toBe(9);
  deliver(limit, 1000, 100);
  expect(limit.current()).toBe(16);
});

test('halves once for calls that were on their way together, and never below eight', () => {
  const limit = createConcurrencyLimit(24);
  const now = deliver(limit, 1000, 100);
  for (let call = 0; call < 8; call++) limit.record(failed('rate_limited'), now, 100 + call);
  expect(limit.current()).toBe(12);
  for (let round = 1; round < 20; round++) {
    limit.record(failed('rate_limited'), now + round * 1000, 100);
  }
  expect(limit.current()).toBe(8);
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
  // One event that never gets an answer must not slow the others down.
  limit.record(failed('timeout'), now, 10_000);
  expect(limit.current()).toBe(16);
});

test('is never above what the owner allows', () => {
  expect(createConcurrencyLimit(1).current()).toBe(1);
});
