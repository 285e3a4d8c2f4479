import { expect, test } from 'vitest';
import { DURABILITY } from '../durability.ts';
import { queueRetention } from './queue-retention.ts';

test.each([
  ['48', '48 h'],
  ['96', '96 h'],
  ['336', '336 h'],
])('a queue that keeps events for %s hours is told without a warning', (text, told) => {
  const retention = queueRetention(text);
  expect(retention).not.toHaveProperty('warning');
  expect(retention).toMatchObject({
    durability: {
      durability: 'queue',
      keepsEventsFor: expect.stringMatching(new RegExp(`^48 h.*consumer: ${told}$`)),
    },
  });
});

test('a queue that keeps events for less than is promised is warned of, with what to do', () => {
  expect(queueRetention('24')).toMatchObject({
    warning: expect.stringMatching(/24 hours, less than the 48.*wrangler queues update/),
  });
});

test('a queue that deletes events before they are renewed is refused', () => {
  expect(queueRetention('18')).toMatchObject({ problem: expect.stringMatching(/before.*renews/) });
  expect(queueRetention('0')).toHaveProperty('problem');
});

test.each(['soon', '-1', '400', '48.5'])('%s is no retention', (text) => {
  expect(queueRetention(text)).toHaveProperty('problem');
});

test('an unknown retention is warned of', () => {
  expect(queueRetention(undefined)).toMatchObject({
    durability: DURABILITY.queue,
    warning: expect.stringContaining('QUEUE_RETENTION_HOURS'),
  });
});
