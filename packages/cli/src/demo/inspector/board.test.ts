import type { HubSpotAnswer, Outcome } from '@hubrelay/relay';
import { beforeEach, expect, test } from 'vitest';
import { type Board, createBoard } from './board.ts';
import type { Observation } from './observation.ts';

const uuid = '3f0e1d2c-5b6a-4798-8abc-0123456789ab';
const utk = '0123456789abcdef0123456789abcdef';
const pageEvent = { uuid, eventName: 'signup', properties: { plan: 'pro' }, occurredAt: 1_000 };
const sent = {
  uuid,
  eventName: 'pe1234567_signup',
  properties: { plan: 'pro' },
  occurredAt: '1970-01-01T00:00:01.000Z',
  utk,
};
const answered = (status: number): HubSpotAnswer => ({ kind: 'response', status });
const retry: Outcome = { kind: 'retry', cause: 'server_error', notBeforeMs: 0, error: {} };

let board: Board;
beforeEach(() => {
  board = createBoard();
});
const row = () => board.rows()[0];
const see = (...seen: Observation[]) => {
  for (const one of seen) board.observe(one);
};

const arrives = (at: number, request = 'r1'): Observation => ({
  kind: 'arrived',
  at,
  request,
  events: [pageEvent],
  utk,
  utkFrom: 'cookie',
});
const isAnswered = (at: number, status: number, more = {}): Observation => ({
  kind: 'answered',
  at,
  request: 'r1',
  status,
  rejected: [],
  ...more,
});
const calls = (at: number, call: string): Observation => ({
  kind: 'calling',
  at,
  call,
  events: [sent],
});
const getsBack = (at: number, call: string, answer: HubSpotAnswer): Observation => ({
  kind: 'called',
  at,
  call,
  answer,
});
const judges = (outcome: Outcome): Observation => ({
  kind: 'judged',
  at: 0,
  uuids: [uuid],
  outcome,
});

test('an event lights up its way, stage by stage', () => {
  see(arrives(1_010));
  expect(row()?.lights).toEqual({ page: 'on', relay: 'busy', hubspot: 'off' });
  see(calls(1_012, 'c1'));
  expect(row()?.lights).toEqual({ page: 'on', relay: 'on', hubspot: 'busy' });
  see(getsBack(1_020, 'c1', answered(204)), judges({ kind: 'delivered' }), isAnswered(1_021, 204));
  expect(row()).toMatchObject({
    state: 'delivered',
    summary: 'Delivered',
    latencyMs: 20,
    lights: { page: 'on', relay: 'on', hubspot: 'on' },
    relayNote: '204 in 11 ms',
  });
});

test('a failed try is waited out, then shown beside the one that followed', () => {
  see(arrives(1_010), calls(1_012, 'c1'), getsBack(1_020, 'c1', answered(503)), judges(retry));
  expect(row()).toMatchObject({ state: 'waiting', waitingSince: 1_020 });
  expect(board.counters()).toEqual({ inPage: 0, received: 1, delivered: 0, retrying: 1, dead: 0 });

  see(calls(1_500, 'c2'));
  expect(row()).not.toHaveProperty('waitingSince');
  see(getsBack(1_510, 'c2', answered(204)), judges({ kind: 'delivered' }));
  expect(row()?.summary).toBe('Delivered on try 2');
  expect(row()?.tries).toEqual([
    { label: '503', tone: 'bad' },
    { label: '204', tone: 'good', waitedMs: 480 },
  ]);
  expect(board.counters()).toEqual({ inPage: 0, received: 1, delivered: 1, retrying: 0, dead: 0 });
});

test('what the relay never learned is told from HubSpot’s side', () => {
  const lost: HubSpotAnswer = { kind: 'failure', reason: 'network', message: 'socket hang up' };
  see(arrives(1_010), calls(1_012, 'c1'));
  see({ kind: 'applied', at: 1_015, event: sent, duplicate: false });
  see(getsBack(1_020, 'c1', lost), judges(retry), calls(1_500, 'c2'));
  see({ kind: 'applied', at: 1_502, event: sent, duplicate: true });
  see(getsBack(1_510, 'c2', answered(204)));
  expect(row()?.steps.map(({ detail }) => detail)).toEqual([
    undefined,
    undefined,
    'HubSpot took it; its reply was lost',
    'HubSpot knows this uuid: not counted twice',
  ]);
  expect(row()?.applied).toEqual(sent);
});

test('an event that the page is to send again waits at the page, and is the same event when it comes', () => {
  see(arrives(1_010), isAnswered(1_020, 503, { retryAfter: '5' }));
  expect(row()?.lights.page).toBe('waiting');
  see(arrives(6_100, 'r2'));
  expect(board.rows()).toHaveLength(1);
  expect(row()?.steps.map(({ title }) => title)).toContain('Sent again by the page, same uuid');
});

test.each([
  [
    'the relay',
    isAnswered(1_020, 200, {
      rejected: [{ uuid, code: 'unknown_event', message: 'No such event' }],
    }),
    'No such event',
  ],
  [
    'HubSpot',
    judges({ kind: 'refused', error: { status: 400, message: 'Bad value' } }),
    'Bad value',
  ],
  ['the relay as a whole', isAnswered(1_020, 422), '422'],
])('an event refused by %s is dead, with the reason', (_, refusal, reason) => {
  see(arrives(1_010), refusal);
  expect(row()).toMatchObject({ state: 'dead', summary: expect.stringContaining(reason) });
  expect(board.counters().dead).toBe(1);
});

test('an event of a website that is not allowed is not dead: the page keeps it, and the reason is shown', () => {
  see(arrives(1_010), isAnswered(1_020, 403));
  expect(row()).toMatchObject({ state: 'waiting', summary: expect.stringContaining('website') });
  expect(board.counters().dead).toBe(0);
});

test('an event that waits in the page is seen there, not at the relay, until its first request', () => {
  see({ kind: 'kept', at: 1_500, events: [pageEvent], waitsFor: 'visitor' });
  expect(row()).toMatchObject({
    state: 'waiting',
    summary: 'Waits in the page for HubSpot’s cookie',
    lights: { page: 'waiting', relay: 'off', hubspot: 'off' },
  });
  expect(board.counters()).toMatchObject({ inPage: 1, received: 0, retrying: 0 });

  see(arrives(3_000));
  expect(row()?.state).toBe('moving');
  expect(row()?.steps.map(({ title }) => title)).toEqual([
    "track('signup')",
    'Kept in the browser: there is no hubspotutk cookie yet',
    'Reached the relay',
  ]);
  // The page told of it before it learned that the relay has it.
  see({ kind: 'kept', at: 3_001, events: [pageEvent], waitsFor: 'relay' });
  expect(board.counters()).toMatchObject({ inPage: 0, received: 1 });
});

test('an event behind a pause does not look as if it moved', () => {
  see(arrives(1_010), isAnswered(1_020, 202));
  expect(row()?.lights.relay).toBe('busy');
  expect(board.shut(true)).toEqual([
    expect.objectContaining({ state: 'waiting', summary: expect.stringContaining('keeps it') }),
  ]);
  expect(row()?.lights).toEqual({ page: 'on', relay: 'waiting', hubspot: 'off' });
  expect(board.shut(false)).toEqual([expect.objectContaining({ state: 'moving' })]);
});

test('the oldest settled events go first, and stay counted', () => {
  for (let n = 0; n < 210; n++) {
    const events = [{ ...pageEvent, uuid: `e${n}` }];
    see({ kind: 'arrived', at: n, request: `r${n}`, events });
    if (n !== 0) see({ kind: 'judged', at: n, uuids: [`e${n}`], outcome: { kind: 'delivered' } });
  }
  expect(board.rows()).toHaveLength(200);
  expect(board.rows().at(-1)?.uuid).toBe('e0');
  expect(board.counters()).toEqual({
    inPage: 0,
    received: 210,
    delivered: 209,
    retrying: 0,
    dead: 0,
  });
});
