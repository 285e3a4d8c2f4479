import { expect, test } from 'vitest';
import { events } from '../../test/support/events.ts';
import { createMemoryOutbox } from '../../test/support/memory-outbox.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { Retry } from '../outcome.ts';
import { settle } from './settle.ts';

const MINUTE = 60_000;
const failed: Retry = { kind: 'retry', cause: 'server_error', notBeforeMs: 0, error: {} };

/** Ten events that failed `failures` times, claimed again. */
async function claimedAgain(failures: number) {
  const clock = createVirtualClock();
  const outbox = createMemoryOutbox({ clock: clock.now });
  const request = { maxEvents: 10, maxBytes: 1e6, leaseMs: MINUTE };
  await outbox.enqueue(events(10));
  for (let failure = 0; failure < failures; failure++) {
    const claims = await outbox.claim(request);
    await outbox.retry(claims, { delayMs: 0, countAttempt: true, error: {} });
  }
  const items = await outbox.claim(request);
  const waitMs = async () => ((await outbox.stats()).nextDueAt ?? 0) - clock.now();
  const attempts = async () => {
    await clock.advance(10 * MINUTE);
    return (await outbox.claim(request)).map((claim) => claim.attempts);
  };
  return { items, waitMs, attempts, tools: { outbox, clock, random: () => 0.999 } };
}

test('events that failed again wait longer than before', async () => {
  const { items, tools, waitMs, attempts } = await claimedAgain(6);
  await settle({ items, outcome: failed, wasSent: true, mayBeApplied: true }, tools);
  expect(await waitMs()).toBeGreaterThan(50_000);
  expect(await attempts()).toEqual(Array(10).fill(7));
});

test('events whose turn did not come wait little, and no attempt counts', async () => {
  const { items, tools, waitMs, attempts } = await claimedAgain(6);
  await settle({ items, outcome: failed, wasSent: false, mayBeApplied: false }, tools);
  expect(await waitMs()).toBeLessThanOrEqual(1000);
  expect(await attempts()).toEqual(Array(10).fill(6));
});

test('events that failed together time and again go apart', async () => {
  const { items, tools } = await claimedAgain(6);
  let draws = 0;
  const random = () => {
    draws += 1;
    return (draws * 0.05) % 1;
  };
  await settle({ items, outcome: failed, wasSent: true, mayBeApplied: true }, { ...tools, random });
  await tools.clock.advance(10_000);
  const first = await tools.outbox.claim({ maxEvents: 10, maxBytes: 1e6, leaseMs: MINUTE });
  expect(first.length).toBeGreaterThan(0);
  expect(first.length).toBeLessThan(10);
});
