import { describe, expect, test } from 'vitest';
import { event } from '../../test/support/events.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { Outcome } from '../hubspot/outcome.ts';
import { createSuspicion } from './suspicion.ts';

const events = [JSON.stringify(event(1))];
const delivered: Outcome = { kind: 'delivered' };
const failed: Outcome = { kind: 'retry', cause: 'server_error', notBeforeMs: 0, error: {} };

async function suspicionAfter(durations: readonly number[]) {
  const clock = createVirtualClock();
  const suspicion = createSuspicion(clock);
  const record = (outcome: Outcome, durationMs: number) =>
    suspicion.record({
      events,
      attempts: 0,
      answer: { kind: 'response', status: 204 },
      outcome,
      startedAt: clock.now(),
      durationMs,
      isWitness: true,
    });
  for (const durationMs of durations) record(delivered, durationMs);
  record(failed, 0);
  return { clock, suspicion, record };
}

describe('the time for an answer', () => {
  test.each([20, 300])('is short where HubSpot answers in %i ms', async (ms) => {
    const { suspicion } = await suspicionAfter(Array(20).fill(ms));
    expect(suspicion.timeoutMs(1)).toBe(1500);
  });

  test('leaves room above what HubSpot takes when it is slow', async () => {
    const { suspicion } = await suspicionAfter(Array(20).fill(2500));
    expect(suspicion.timeoutMs(1)).toBe(5000);
  });

  test('follows HubSpot when it becomes slow, with the first answer', async () => {
    const { suspicion, record } = await suspicionAfter(Array(20).fill(20));
    record(delivered, 2500);
    expect(suspicion.timeoutMs(1)).toBeGreaterThan(2500);
  });

  test('is the whole one a minute after the last fault', async () => {
    const { clock, suspicion } = await suspicionAfter(Array(20).fill(20));
    await clock.advance(60_000);
    expect(suspicion.timeoutMs(1)).toBeUndefined();
  });
});
