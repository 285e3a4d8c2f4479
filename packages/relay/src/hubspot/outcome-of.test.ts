import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventJson } from '../../test/support/events.ts';
import type { HubSpotAnswer, HubSpotResponse } from './answer.ts';
import { outcomeOf } from './outcome-of.ts';

function response(status: number, rest: Partial<HubSpotResponse> = {}): HubSpotResponse {
  return { kind: 'response', status, error: { message: 'no' }, ...rest };
}

const eventsOf = (count: number, mayHaveArrived = false) => ({
  events: Array.from({ length: count }, (_, number) => eventJson(number)),
  mayHaveArrived,
});
const one = eventsOf(1);
const many = eventsOf(10);
const second = eventsOf(1, true);

describe('an answer', () => {
  test.each([200, 202, 204])('%i delivers', (status) => {
    expect(outcomeOf(response(status), one).kind).toBe('delivered');
    expect(outcomeOf(response(status), many).kind).toBe('delivered');
  });

  test.each([200, 202, 207])('%i of something else than HubSpot delivers nothing', (status) => {
    const answer = response(status, { isForeign: true });
    expect(outcomeOf(answer, one)).toMatchObject({ kind: 'pause', cause: 'wrong_address' });
    expect(outcomeOf(answer, many)).toMatchObject({ kind: 'pause', cause: 'wrong_address' });
  });

  test.each([400, 409, 415, 422])('%i in the words of a gateway ends no event', (status) => {
    const answer = { kind: 'response', status, isForeign: true } as const;
    expect(outcomeOf(answer, one)).toMatchObject({ kind: 'pause', cause: 'wrong_address' });
    expect(outcomeOf(answer, many).kind).toBe('split');
  });

  test('that reports on parts is taken apart', () => {
    expect(outcomeOf(response(207), many).kind).toBe('split');
  });

  test.each([400, 404, 409, 413, 414, 415, 422])(
    '%i splits a batch and ends an event',
    (status) => {
      expect(outcomeOf(response(status), many).kind).toBe('split');
      expect(outcomeOf(response(status), one)).toEqual({
        kind: 'refused',
        error: { status, message: 'no' },
      });
    },
  );

  test.each([
    [401, 'unauthorized'],
    [402, 'forbidden'],
    [403, 'forbidden'],
    [477, 'migration'],
    [301, 'redirect'],
    [307, 'redirect'],
    [304, 'redirect'],
  ])('%i pauses the lane: %s', (status, cause) => {
    expect(outcomeOf(response(status), many)).toMatchObject({ kind: 'pause', cause });
    expect(outcomeOf(response(status), second)).toMatchObject({ kind: 'pause', cause });
  });

  test('403 without a word of HubSpot is a firewall’s, and may be about one event', () => {
    const answer: HubSpotAnswer = { kind: 'response', status: 403 };
    expect(outcomeOf(answer, many)).toMatchObject({ kind: 'split' });
    expect(outcomeOf(answer, one)).toMatchObject({ kind: 'retry', error: { status: 403 } });
  });

  test.each([404, 405, 410])('%i without a word of HubSpot comes from somewhere else', (status) => {
    const answer: HubSpotAnswer = { kind: 'response', status };
    expect(outcomeOf(answer, one)).toMatchObject({ kind: 'pause', cause: 'wrong_address' });
    expect(outcomeOf(answer, many)).toMatchObject({ kind: 'pause', cause: 'wrong_address' });
  });

  test.each([
    [408, 'timeout'],
    [425, 'server_error'],
    [429, 'rate_limited'],
    [500, 'server_error'],
    [502, 'server_error'],
    [503, 'server_error'],
    [504, 'server_error'],
    [521, 'server_error'],
    [522, 'server_error'],
    [524, 'server_error'],
    [526, 'server_error'],
  ])('%i is tried again: %s', (status, cause) => {
    expect(outcomeOf(response(status), many)).toMatchObject({
      kind: 'retry',
      cause,
      notBeforeMs: 0,
    });
    const later = outcomeOf(response(status, { retryAfterMs: 7000 }), one);
    expect(later).toMatchObject({ kind: 'retry', notBeforeMs: 7000 });
  });

  test('of a lock is tried again after two seconds', () => {
    expect(outcomeOf(response(423), one)).toMatchObject({ cause: 'locked', notBeforeMs: 2000 });
  });

  test.each([
    [{ policyName: 'TEN_SECONDLY_ROLLING' }, 10_000],
    [{ policyName: 'SECONDLY' }, 1000],
    [{ message: 'You have reached your secondly limit.' }, 1000],
    [{ message: 'You have reached your ten_secondly_rolling limit.' }, 10_000],
    [{}, 0],
  ])('of a rate limit %o waits %i ms', (error, notBeforeMs) => {
    const outcome = outcomeOf(response(429, { error }), many);
    expect(outcome).toMatchObject({ kind: 'retry', cause: 'rate_limited', notBeforeMs });
  });

  test.each([{ policyName: 'DAILY' }, { message: 'You have reached your daily limit.' }])(
    'of the daily limit %o pauses the lane',
    (error) => {
      const outcome = outcomeOf(response(429, { error }), one);
      expect(outcome).toMatchObject({ kind: 'pause', cause: 'daily_limit' });
    },
  );

  test.each([
    [undefined, 2_000],
    [0, 2_000],
    [500, 2_000],
    [2_000, 2_000],
    [9_000, 9_000],
  ])(
    'of a lock with Retry-After %s ms waits %i ms: locks last two seconds',
    (retryAfterMs, notBeforeMs) => {
      const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
      expect(outcomeOf(response(423, asked), one)).toMatchObject({ kind: 'retry', notBeforeMs });
    },
  );

  test('of a rate limit waits for its name, whatever shorter Retry-After there is', () => {
    const error = { policyName: 'TEN_SECONDLY_ROLLING' };
    const of = (retryAfterMs: number) => outcomeOf(response(429, { error, retryAfterMs }), one);
    expect(of(1_000)).toMatchObject({ notBeforeMs: 10_000 });
    expect(of(60_000)).toMatchObject({ notBeforeMs: 60_000 });
  });

  test('of a migration pauses as long as HubSpot says', () => {
    const outcome = outcomeOf(response(477, { retryAfterMs: 86_400_000 }), one);
    expect(outcome).toMatchObject({ kind: 'pause', notBeforeMs: 86_400_000 });
  });

  test.each([406, 418, 451, 499])('%i, which is not documented, ends no event', (status) => {
    expect(outcomeOf(response(status), many).kind).toBe('split');
    expect(outcomeOf(response(status), one).kind).toBe('retry');
  });

  test.each(['timeout', 'network'] as const)('that never came (%s) is tried again', (reason) => {
    const outcome = outcomeOf({ kind: 'failure', reason, message: 'm' }, one);
    expect(outcome).toMatchObject({ kind: 'retry', cause: reason, error: { message: 'm' } });
  });

  test('that there is no credential pauses the lane', () => {
    const outcome = outcomeOf({ kind: 'failure', reason: 'credential', message: 'm' }, many);
    expect(outcome).toMatchObject({ kind: 'pause', cause: 'unauthorized' });
  });
});

describe('a refusal without a word of HubSpot', () => {
  test.each([400, 409, 415, 422])('%i ends no event', (status) => {
    const answer: HubSpotAnswer = { kind: 'response', status };
    expect(outcomeOf(answer, many).kind).toBe('split');
    expect(outcomeOf(answer, one).kind).toBe('retry');
    // A proxy's conflict, or half a body, does not say that the event is there, either.
    expect(outcomeOf(answer, second).kind).toBe('retry');
  });

  test.each([413, 414])('%i speaks for itself', (status) => {
    const answer: HubSpotAnswer = { kind: 'response', status };
    expect(outcomeOf(answer, one)).toEqual({ kind: 'refused', error: { status } });
  });
});

describe('a duplicate', () => {
  const words = [
    [409, { message: 'Duplicate event' }],
    [400, { category: 'DUPLICATE_EVENT_ID', message: 'Rejected' }],
    [400, { message: 'An event with this uuid already exists' }],
    [422, { message: 'Event has already been received' }],
    [400, { message: 'uuid must be unique within the event type' }],
  ] as const;

  test.each(words)('%i %o is at HubSpot already, if it may be', (status, error) => {
    expect(outcomeOf(response(status, { error }), one).kind).toBe('refused');
    expect(outcomeOf(response(status, { error }), second).kind).toBe('delivered');
  });

  test('is what a bare 409 means after an earlier try, and not before', () => {
    const conflict = response(409, { error: { message: 'Conflict' } });
    expect(outcomeOf(conflict, one).kind).toBe('refused');
    expect(outcomeOf(conflict, second).kind).toBe('delivered');
  });

  test.each(words)('%i %o in a batch has to be found', (status, error) => {
    expect(outcomeOf(response(status, { error }), eventsOf(2, true)).kind).toBe('split');
  });

  test.each([
    { message: 'Duplicate property names after lowercasing' },
    { category: 'DUPLICATE_PROPERTY', message: 'event is invalid' },
    { message: 'Event type pe123_signup does not exist' },
    { message: 'Event pe123_signup has already been archived' },
    { message: 'value of plan must be unique' },
  ])('is not what %o means', (error) => {
    expect(outcomeOf(response(400, { error }), second).kind).toBe('refused');
  });
});

describe('names and values of the event itself', () => {
  const refusals: [event: object, message: string][] = [
    [{ eventName: 'pe1_duplicate_lead' }, 'Event type pe1_duplicate_lead does not exist'],
    [{ eventName: 'pe1_duplicate_lead' }, 'Event duplicate_lead does not exist'],
    [{ eventName: 'pe1_order_already_sent' }, 'Event type pe1_order_already_sent is not known'],
    [
      { properties: { state: 'duplicate' } },
      'Value "duplicate" is not one of the allowed options of this event',
    ],
    [{ properties: { state: 'already processed' } }, 'already processed is not an event option'],
    [{ properties: { duplicate: 'x' } }, 'Event has no field duplicate'],
    [{ properties: {} }, "Event 'duplicate thing' cannot be read"],
    [{ properties: { state: 'already received' } }, 'Event rejected: already received'],
  ];

  test.each([
    [{ variant: 'a' }, 'Event with this uuid already exists'],
    [{ variant: 'event' }, 'Duplicate event: already accepted'],
    [{ variant: 'already' }, 'Event with this uuid already exists'],
  ])('%o do not take HubSpot’s words apart: %s', (properties, message) => {
    const sent = { events: [eventJson(1, { properties })], mayHaveArrived: true };
    expect(outcomeOf(response(400, { error: { message } }), sent).kind).toBe('delivered');
  });

  test('cut short or escaped by HubSpot are not words either', () => {
    const properties = { plan: `duplicate event ${'y'.repeat(300)}` };
    const sent = { events: [eventJson(1, { properties })], mayHaveArrived: true };
    for (const quoted of ['duplicate event yyyy…', '&lt;b&gt;duplicate event&lt;/b&gt;']) {
      const error = { message: `Rejected value ${quoted} is not allowed` };
      expect(outcomeOf(response(400, { error }), sent).kind).toBe('refused');
    }
  });

  test.each(refusals)('%o are not words: %s', (fields, message) => {
    const sent = { events: [eventJson(1, fields)], mayHaveArrived: true };
    expect(outcomeOf(response(400, { error: { message } }), sent).kind).toBe('refused');
  });
});

test('an event ends only by a documented refusal of that single event', () => {
  const ends = [400, 404, 409, 413, 414, 415, 422];
  const status = fc.integer({ min: 0, max: 999 });
  fc.assert(
    fc.property(status, fc.integer({ min: 1, max: 500 }), fc.boolean(), (status, events, may) => {
      const { kind } = outcomeOf(response(status), eventsOf(events, may));
      if (kind === 'refused')
        expect({ events, known: ends.includes(status) }).toEqual({ events: 1, known: true });
      if (kind === 'split') expect(events).toBeGreaterThan(1);
    }),
  );
});
