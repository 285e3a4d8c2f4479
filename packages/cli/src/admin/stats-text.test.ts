import { expect, test } from 'vitest';
import { statsText } from './stats-text.ts';

const dropped = { refused_by_hubspot: 0, expired: 2 };

test('a relay with an outbox of its own tells of delivery, counts, websites and pages', () => {
  const error = { status: 401, message: 'No.' };
  const lane = {
    state: 'paused',
    cause: 'unauthorized',
    since: 0,
    probeAt: 90_000,
    witnesses: 2,
    error,
  } as const;
  const text = statsText(
    {
      outbox: {
        accepted: 9,
        delivered: 4,
        pending: 2,
        claimed: 0,
        dead: 1,
        removed: 2,
        dropped,
        oldestPendingAt: 0,
      },
      delivery: { lane, calls: 0, maxCalls: 8 },
      refusedOrigins: { 'https://a.example': 1, 'https://b.example': 5 },
      pages: [],
    },
    60_000,
  );
  expect(text.split('\n')).toEqual([
    'delivery   paused for 1 min, cause unauthorized, next look in 30 s, 401 No.',
    'accepted   9',
    'delivered  4',
    'pending    2, the oldest for 1 min',
    'dead       1: hubrelay dead list',
    'removed    2, 2 of them without room among the dead letters',
    'refused    5 requests of https://b.example: not in ALLOWED_ORIGINS',
    '           1 requests of https://a.example: not in ALLOWED_ORIGINS',
  ]);
});

test('a Worker tells of what it knows', () => {
  expect(statsText({ outbox: { pending: 3, dead: 0, dropped } }, 0)).toBe(
    'pending    3\ndead       0',
  );
});
