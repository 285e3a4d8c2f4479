import { expect, test } from 'vitest';
import { event } from '../../test/support/events.ts';
import { anyEventPolicy } from '../policy/any-event.ts';
import { keptRejections } from './kept-rejections.ts';

test('nothing is converted of a batch of which nothing was rejected', () => {
  const apply = () => {
    throw new Error('converted for nothing');
  };
  const wireEvent = { ...event(1), occurredAt: 0, properties: {} };
  const kept = keptRejections({
    batch: { sentAt: 0, events: [wireEvent] },
    positions: [0],
    rejected: [],
    subject: { utk: 'a'.repeat(32) },
    receivedAtMs: 0,
    anyEvent: { apply },
  });
  expect(kept).toEqual([]);
});

test('of two events with one uuid only the one that was rejected is kept', () => {
  const [taken, rejected] = [
    { ...event(1), eventName: 'signup', occurredAt: 0, properties: { kept: 'no' } },
    { ...event(1), eventName: 'signup', occurredAt: 0, properties: { kept: 'yes' } },
  ];
  const kept = keptRejections({
    batch: { sentAt: 0, events: [taken, rejected] },
    // The parser had set two others aside.
    positions: [1, 3],
    rejected: [{ uuid: rejected.uuid, index: 3, code: 'unknown_event', message: 'not defined' }],
    subject: { utk: 'a'.repeat(32) },
    receivedAtMs: 0,
    anyEvent: anyEventPolicy('1234567'),
  });
  expect(kept.map(({ event: { properties } }) => properties)).toEqual([{ kept: 'yes' }]);
});
