import { expect, test } from 'vitest';
import type { CallReport } from '../delivery/send-events.ts';
import { silentLogger } from '../log.ts';
import { watchCalls } from './watch-calls.ts';

const MINUTE = 60_000;
const answer = { kind: 'response', status: 401 } as const;
const report = (outcome: CallReport['outcome']): CallReport => {
  return { events: [], attempts: 1, answer, outcome, startedAt: 0, durationMs: 1 };
};
const unauthorized = report({ kind: 'pause', cause: 'unauthorized', notBeforeMs: 0, error: {} });
const passing = report({ kind: 'retry', cause: 'server_error', notBeforeMs: 0, error: {} });

test('the last call says whether the owner has to act', async () => {
  const { onCall, readiness } = watchCalls(silentLogger, () => 5);
  expect(await readiness()).toEqual({ ready: true, details: { lane: { state: 'open' } } });
  onCall(unauthorized);
  const paused = { state: 'paused', cause: 'unauthorized', since: 5 };
  expect(await readiness()).toEqual({ ready: false, details: { lane: paused } });
  onCall(passing);
  expect(await readiness()).toMatchObject({
    ready: true,
    details: { lane: { state: 'backing_off', cause: 'server_error' } },
  });
  onCall(report({ kind: 'delivered' }));
  expect(await readiness()).toMatchObject({ ready: true, details: { lane: { state: 'open' } } });
});

test('without calls it is forgotten: a relay out of service must be able to come back', async () => {
  let now = 0;
  const { onCall, readiness } = watchCalls(silentLogger, () => now);
  onCall(unauthorized);
  now += 4 * MINUTE;
  expect(await readiness()).toMatchObject({ ready: false });
  now += MINUTE;
  expect(await readiness()).toMatchObject({ ready: true });
});
