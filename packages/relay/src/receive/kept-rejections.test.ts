import { expect, test } from 'vitest';
import { event } from '../../test/support/events.ts';
import { keptRejections } from './kept-rejections.ts';

test('nothing is converted of a batch of which nothing was rejected', () => {
  const apply = () => {
    throw new Error('converted for nothing');
  };
  const wireEvent = { ...event(1), occurredAt: 0, properties: {} };
  const kept = keptRejections({
    batch: { sentAt: 0, events: [wireEvent] },
    rejected: [],
    subject: { utk: 'a'.repeat(32) },
    receivedAtMs: 0,
    anyEvent: { apply },
  });
  expect(kept).toEqual([]);
});
