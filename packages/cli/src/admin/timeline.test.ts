import type { EventStep } from '@hubrelay/relay';
import { expect, test } from 'vitest';
import type { Known } from './history.ts';
import { boundsOf, timelineOf } from './timeline.ts';

const AT = Date.parse('2026-11-28T12:00:00.000Z');
const UUID = '0199aaaa-0000-7000-8000-000000000001';
const event = {
  uuid: UUID,
  eventName: 'pe1_signup',
  properties: { plan: 'pro' },
  occurredAt: '2026-11-28T11:59:59.000Z',
};
const step = (after: number, fields: Partial<EventStep>): EventStep => ({
  outcome: 'retried',
  at: AT + after,
  events: 1,
  durationMs: 45,
  uuid: UUID,
  eventName: event.eventName,
  ...fields,
});
const historyOf = (...items: EventStep[]) => ({
  items,
  since: AT - 1_000,
  bounds: { events: 10_000, bytes: 8_000_000 },
});

test('a delivered event: page, relay, each attempt with HubSpot’s words', () => {
  const way: Known = {
    found: { state: 'delivered', event, deliveredAt: AT + 900 },
    history: historyOf(
      step(0, { outcome: 'accepted' }),
      step(200, {
        events: 4,
        cause: 'server_error',
        status: 503,
        message: 'Try\nagain',
        correlationId: 'c-1',
      }),
      step(500, { cause: 'timeout', message: 'No answer in 10 s.' }),
      step(900, { outcome: 'delivered', status: 204 }),
    ),
  };
  expect(timelineOf(way, AT)).toEqual([
    '2026-11-28T11:59:59.000Z  tracked in the page: pe1_signup {"plan":"pro"}',
    '2026-11-28T12:00:00.000Z  stored by the relay',
    '2026-11-28T12:00:00.200Z  attempt 1, with 3 others, 45 ms: sent again later (server_error). HubSpot said: 503 Try again (correlation ID c-1)',
    '2026-11-28T12:00:00.500Z  attempt 2, 45 ms: sent again later (timeout). No answer in 10 s.',
    '2026-11-28T12:00:00.900Z  attempt 3, 45 ms: HubSpot acknowledged it',
  ]);
  expect(boundsOf(way)).toEqual([
    `${' '.repeat(24)}  This relay remembers calls since 2026-11-28T11:59:59.000Z: of the last 10,000 events, at most 8 MB.`,
  ]);
});

test('attempts are not counted where the first ones may be forgotten', () => {
  const way: Known = {
    found: { state: 'delivered', event, deliveredAt: AT },
    history: historyOf(step(0, { outcome: 'delivered', status: 204 })),
  };
  expect(timelineOf(way, AT)[1]).toBe(
    '2026-11-28T12:00:00.000Z  attempt, 45 ms: HubSpot acknowledged it',
  );
});

test('a dead letter, a resend, and an event that is gone', () => {
  const error = { status: 400, category: 'VALIDATION_ERROR', message: '"x" is not a plan' };
  const dead: Known = {
    found: {
      state: 'dead',
      event,
      error,
      reason: 'refused_by_hubspot',
      attempts: 1,
      firstAt: AT,
      lastAt: AT + 300,
    },
    history: historyOf(
      step(0, { outcome: 'accepted' }),
      step(100, { outcome: 'accepted', cause: 'resend' }),
      step(300, { outcome: 'refused', status: 400, message: '"x" is not a plan' }),
      step(300, { outcome: 'dead', cause: 'refused_by_hubspot' }),
    ),
  };
  expect(timelineOf(dead, AT).slice(2)).toEqual([
    '2026-11-28T12:00:00.100Z  sent again by the page; the relay had it',
    '2026-11-28T12:00:00.300Z  attempt 1, 45 ms: refused. HubSpot said: 400 "x" is not a plan',
    '2026-11-28T12:00:00.300Z  dead letter after 1 tries: refused_by_hubspot. HubSpot said: 400 VALIDATION_ERROR "x" is not a plan',
  ]);
  const gone = { found: { state: 'gone', uuid: UUID } as const, history: historyOf() };
  expect(timelineOf(gone, AT)).toEqual([
    `2026-11-28T12:00:00.000Z  the relay no longer has it: delivered, expired or deleted. "hubrelay verify --uuid ${UUID}" asks HubSpot`,
  ]);
});

test('a relay that tells no steps: what it has of the event is told', () => {
  const found = {
    state: 'pending',
    event,
    attempts: 2,
    suspicion: 0,
    mayHaveArrived: true,
    enqueuedAt: AT,
    dueAt: AT + 5_000,
    isClaimed: false,
    lastError: { status: 503 },
  } as const;
  expect(timelineOf({ found }, AT + 1_000).slice(1)).toEqual([
    '2026-11-28T12:00:00.000Z  stored by the relay',
    `${' '.repeat(24)}  2 tries failed, the last: HubSpot said: 503`,
    '2026-11-28T12:00:01.000Z  pending: the next try is at 2026-11-28T12:00:05.000Z',
  ]);
  expect(boundsOf({ found })).toEqual([]);
});
