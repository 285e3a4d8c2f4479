import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/support/virtual-clock.ts';
import type { HubSpotAnswer } from '../../hubspot/answer.ts';
import { silentLogger } from '../../observe/log.ts';
import { keyProblem, watchKey } from './check-key.ts';

const response = (status: number, category?: string): HubSpotAnswer => ({
  kind: 'response',
  status,
  error: { ...(category && { category }) },
});

test.each([
  ['a key that is not accepted', response(401, 'EXPIRED_AUTHENTICATION'), /make a new one/],
  ['a missing scope', response(403, 'MISSING_SCOPES'), /lacks the scope/],
  ['a subscription without custom events', response(403), /subscription/],
] as const)('%s is told with what to do', (_, answer, words) => {
  expect(keyProblem(answer)).toMatch(words);
});

test.each([
  ['the empty event refused', response(400, 'VALIDATION_ERROR')],
  ['an outage', response(503)],
  ['a firewall’s own 403', { kind: 'response', status: 403, isForeign: true }],
  ['a firewall’s own 403 without a word of HubSpot’s', { kind: 'response', status: 403 }],
  ['no answer', { kind: 'failure', reason: 'timeout', message: '' }],
] as const)('%s says nothing about the key', (_, answer) => {
  expect(keyProblem(answer as HubSpotAnswer)).toBeUndefined();
});

/** A watch whose questions are answered in this order; the last answer stays. */
function watching(...answers: HubSpotAnswer[]) {
  const clock = createVirtualClock();
  let asked = 0;
  const send = async () => answers[Math.min(asked++, answers.length - 1)] as HubSpotAnswer;
  const watch = watchKey({ send }, silentLogger, clock);
  const readiness = watch.telling(async () => ({ ready: true, details: { storage: 'ok' } }));
  return { watch, clock, readiness, asked: () => asked };
}

test('a key that is refused makes the relay not ready, until HubSpot takes it', async () => {
  const refused = response(403, 'MISSING_SCOPES');
  const { watch, clock, readiness, asked } = watching(refused, response(503), response(400));
  expect(await readiness()).toEqual({ ready: true, details: { storage: 'ok' } });
  watch.start();
  await clock.advance(1);
  expect(await readiness()).toEqual({ ready: false, details: { storage: 'ok', key: 'refused' } });

  // An outage says nothing about the key.
  await clock.advance(900_000);
  expect((await readiness()).ready).toBe(false);
  await clock.advance(900_000);
  expect((await readiness()).ready).toBe(true);
  await clock.advance(10_000_000);
  expect(asked()).toBe(3);
});

test('what HubSpot answers to an event is newer than what it said at the start', async () => {
  const { watch, clock, readiness, asked } = watching(response(401));
  const client = watch.listening({ send: async () => response(204) } as never);
  watch.start();
  await clock.advance(1);
  expect((await readiness()).ready).toBe(false);
  // Another visitor's event may meet the same refusal.
  const refusing = watch.listening({ send: async () => response(401) } as never);
  await refusing.send([]);
  expect((await readiness()).ready).toBe(false);
  await client.send([]);
  expect((await readiness()).ready).toBe(true);
  await clock.advance(10_000_000);
  expect(asked()).toBe(1);
});

test('a relay that stops asks no more', async () => {
  const { watch, clock, asked } = watching(response(401));
  watch.start();
  await clock.advance(1);
  watch.stop();
  await clock.advance(10_000_000);
  expect(asked()).toBe(1);
});
