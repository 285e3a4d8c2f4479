import { expect, test } from 'vitest';
import { events } from '../../test/support/events.ts';
import { createMemoryOutbox } from '../../test/support/memory-outbox.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { Retry } from '../hubspot/outcome.ts';
import type { Suspect } from '../outbox/outbox.ts';
import { settle } from './settle.ts';

const MINUTE = 60_000;
const failed: Retry = { kind: 'retry', cause: 'server_error', notBeforeMs: 0, error: {} };

/** Ten events that failed alone `failures` times, claimed again. */
async function claimedAgain(failures: number) {
  const clock = createVirtualClock();
  const outbox = createMemoryOutbox({ clock: clock.now });
  const request = { maxEvents: 10, maxBytes: 1e6, leaseMs: MINUTE };
  const claim = async () => [
    ...(await outbox.claim(request)),
    ...(await outbox.claim({ ...request, from: 'suspects' })),
  ];
  await outbox.enqueue(events(10));
  for (let failure = 0; failure < failures; failure++) {
    const how = { delayMs: 0, countAttempt: true, suspect: 'alone' as const, error: {} };
    await outbox.retry(await claim(), how);
  }
  const items = await claim();
  const waitMs = async () => ((await outbox.stats()).nextDueAt ?? 0) - clock.now();
  const suspicions = async () => {
    await clock.advance(20 * MINUTE);
    return (await claim()).map(({ suspicion }) => suspicion);
  };
  return { items, waitMs, suspicions, tools: { outbox, clock, random: () => 0.999 } };
}

const sent = (suspect: Suspect, outcome = failed) => ({
  outcome,
  suspect,
  wasSent: true,
  mayBeApplied: true,
});

test('events that failed alone again wait longer than before', async () => {
  const { items, tools, waitMs, suspicions } = await claimedAgain(11);
  await settle({ items, ...sent('alone') }, tools);
  expect(await waitMs()).toBeGreaterThan(50_000);
  expect(await suspicions()).toEqual(Array(10).fill(13));
});

test('events that failed with others are soon looked at', async () => {
  const { items, tools, waitMs, suspicions } = await claimedAgain(0);
  await settle({ items, ...sent('together') }, tools);
  expect(await waitMs()).toBeLessThanOrEqual(1000);
  expect(await suspicions()).toEqual(Array(10).fill(1));
});

test('events whose turn did not come are as they were, and due at once', async () => {
  const { items, tools, waitMs, suspicions } = await claimedAgain(0);
  const result = { items, outcome: failed, wasSent: false, mayBeApplied: false };
  await settle(result, tools);
  expect(await waitMs()).toBe(0);
  expect(await suspicions()).toEqual(Array(10).fill(0));
});

test('an event waits as long as HubSpot says, but is looked at every quarter of an hour', async () => {
  const { items, tools, waitMs } = await claimedAgain(0);
  await settle({ items, ...sent('alone', { ...failed, notBeforeMs: 90_000 }) }, tools);
  expect(await waitMs()).toBe(90_000);
  const day = await claimedAgain(0);
  await settle(
    { items: day.items, ...sent('alone', { ...failed, notBeforeMs: 86_400_000 }) },
    day.tools,
  );
  expect(await day.waitMs()).toBe(15 * MINUTE);
});
