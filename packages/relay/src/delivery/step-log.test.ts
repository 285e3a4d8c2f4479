import { expect, test } from 'vitest';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Outcome } from '../hubspot/outcome.ts';
import type { CallReport } from './send-events.ts';
import { createStepLog, type StepLogOptions } from './step-log.ts';

const START = 1_764_000_000_000;

function logFrom(options: StepLogOptions = {}) {
  let at = START;
  return createStepLog({ now: () => at++, ...options });
}

const eventOf = (uuid: string, fields: Partial<HubSpotEvent> = {}): HubSpotEvent => ({
  uuid,
  eventName: 'pe1_signup',
  properties: { plan: 'pro' },
  occurredAt: '2026-01-01T00:00:00.000Z',
  utk: 'a'.repeat(32),
  ...fields,
});

const jsonOf = (...args: Parameters<typeof eventOf>) => JSON.stringify(eventOf(...args));

const OK: Outcome = { kind: 'delivered' };

function callOf(events: readonly string[], outcome: Outcome = OK, status = 204): CallReport {
  const answer = { kind: 'response', status } as const;
  return { events, outcome, answer, attempts: 0, startedAt: 0, durationMs: 45, isWitness: true };
}

const busy: Outcome = {
  kind: 'retry',
  cause: 'server_error',
  notBeforeMs: 0,
  error: { status: 503, message: 'Please tell ada@example.com to wait' },
};

test('tells the way of one event, with HubSpot’s words and without addresses', () => {
  const log = logFrom();
  log.accepted([eventOf('u-1'), eventOf('u-2')], false);
  log.called(callOf([jsonOf('u-1'), jsonOf('u-2')], busy, 503));
  log.called(callOf([jsonOf('u-1')]));
  const { items, since } = log.of(['u-1']);
  expect(items).toEqual([
    { outcome: 'accepted', uuid: 'u-1', eventName: 'pe1_signup', at: START + 1, events: 2 },
    {
      outcome: 'retried',
      cause: 'server_error',
      uuid: 'u-1',
      eventName: 'pe1_signup',
      at: START + 2,
      events: 2,
      durationMs: 45,
      status: 503,
      message: 'Please tell [email] to wait',
    },
    expect.objectContaining({ outcome: 'delivered', status: 204, events: 1 }),
  ]);
  expect(since).toBe(START);
  expect(JSON.stringify(items)).not.toContain('plan');
  expect(log.delivered('u-1')).toEqual({ json: jsonOf('u-1'), at: START + 3 });
  expect(log.delivered('u-2')).toBeUndefined();
});

test('keeps so many events, so many bytes, and says since when', () => {
  const byCount = logFrom({ maxEvents: 3 });
  for (let i = 0; i < 5; i++) byCount.called(callOf([jsonOf(`u-${i}`)]));
  expect(byCount.of(['u-1'])).toMatchObject({ items: [], since: START + 2 });
  expect(byCount.of(['u-2']).items).toHaveLength(1);

  const byBytes = logFrom({ maxBytes: 3_000 });
  const long = { properties: { text: 'x'.repeat(1_000) } };
  for (let i = 0; i < 5; i++) byBytes.called(callOf([jsonOf(`u-${i}`, long)]));
  const { items } = byBytes.after({ after: '0', limit: 500 });
  expect(items.map(({ uuid }) => uuid)).toEqual(['u-3', 'u-4']);
});

test('is followed from cursor to cursor, and says when something was missed', () => {
  const log = logFrom({ maxEvents: 4 });
  const { next } = log.after({ limit: 10 });
  for (let i = 0; i < 3; i++) log.called(callOf([jsonOf(`u-${i}`)]));
  const first = log.after({ after: next, limit: 2 });
  expect(first).toMatchObject({ hasMore: true, missed: false });
  expect(first.items.map(({ uuid }) => uuid)).toEqual(['u-0', 'u-1']);
  const second = log.after({ after: first.next, limit: 2 });
  expect(second).toMatchObject({ hasMore: false, items: [{ uuid: 'u-2' }] });
  for (let i = 3; i < 9; i++) log.called(callOf([jsonOf(`u-${i}`)]));
  const late = log.after({ after: second.next, limit: 10 });
  expect(late).toMatchObject({ missed: true });
  expect(late.items.map(({ uuid }) => uuid)).toEqual(['u-5', 'u-6', 'u-7', 'u-8']);
  expect(log.after({ after: 'another-7', limit: 10 })).toMatchObject({ missed: true });
});

test('cursors stay right while old steps go, for as long as it runs', () => {
  const log = logFrom({ maxEvents: 10 });
  let { next } = log.after({ limit: 1 });
  for (let i = 0; i < 5_000; i++) {
    log.called(callOf([jsonOf(`u-${i}`)]));
    const page = log.after({ after: next, limit: 5 });
    expect(page).toMatchObject({ missed: false, items: [{ uuid: `u-${i}` }] });
    next = page.next;
  }
});

test('is told by outcome, by name and by uuid', () => {
  const log = logFrom();
  log.called(callOf([jsonOf('u-1'), jsonOf('u-2', { eventName: 'pe1_trial' })], busy, 503));
  log.called(callOf([jsonOf('u-1')]));
  log.died(3, { reason: 'expired' });
  const uuids = (query: object) =>
    log.after({ after: '0', limit: 10, ...query }).items.map(({ uuid }) => uuid);
  expect(uuids({ outcome: 'retried' })).toEqual(['u-1', 'u-2']);
  expect(uuids({ eventName: 'pe1_trial' })).toEqual(['u-2']);
  expect(uuids({ uuids: ['u-1'] })).toEqual(['u-1', 'u-1']);
  expect(log.after({ after: '0', limit: 10, outcome: 'dead' }).items).toEqual([
    { outcome: 'dead', cause: 'expired', events: 3, at: expect.any(Number) },
  ]);
});

test('forgets a person with the words that may quote what was theirs; no cursor moves', () => {
  const log = logFrom();
  log.accepted([eventOf('u-1', { email: 'ada@example.com' })], false);
  const { next } = log.after({ limit: 1 });
  const refused: Outcome = { kind: 'refused', error: { status: 400, message: '"Ada" is wrong' } };
  log.called(callOf([jsonOf('u-1', { email: 'ada@example.com' })], refused, 400));
  log.called(callOf([jsonOf('u-1', { email: 'ADA@example.com' }), jsonOf('u-2')], refused, 400));
  log.forget({ field: 'email', value: 'ada@example.com' });
  expect(log.of(['u-1']).items).toEqual([]);
  const { items } = log.after({ after: next, limit: 10 });
  expect(items).toMatchObject([{ uuid: 'u-2', status: 400 }]);
  expect(JSON.stringify(items)).not.toContain('Ada');
});
