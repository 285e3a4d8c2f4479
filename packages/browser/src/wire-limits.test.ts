import { MAX_BODY_BYTES, MAX_EVENTS_PER_REQUEST, parseBatch } from '@hubrelay/protocol';
import { expect, test } from 'vitest';
import { createWorld } from '../test/world.ts';

test('what the tracker sends is within the limits of the wire, however much there is', async () => {
  const world = await createWorld();
  const { tracker } = world.open();
  for (let n = 0; n < 150; n += 1) tracker.track('small');
  for (let n = 0; n < 10; n += 1) tracker.track('large', { text: 'é'.repeat(12_000) });
  await world.advance(60_000);
  const counts = world.requests.map(({ batch }) => batch.events.length);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(160);
  // A batch is as large as it may be, not smaller out of caution.
  expect(Math.max(...counts)).toBeGreaterThan(40);
  expect(Math.max(...counts)).toBeLessThanOrEqual(MAX_EVENTS_PER_REQUEST);
  for (const { init, batch } of world.requests) {
    expect(Buffer.byteLength(String(init.body))).toBeLessThanOrEqual(MAX_BODY_BYTES);
    expect(parseBatch(batch)).toMatchObject({ ok: true, rejected: [], notes: [] });
  }
});
