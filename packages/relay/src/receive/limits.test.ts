import { MAX_BODY_BYTES, MAX_EVENTS_PER_REQUEST } from '@hubrelay/protocol';
import { describe, expect, test } from 'vitest';
import { batch, event, NOW, relayThat } from '../../test/support/relay-that.ts';
import type { ChallengeAnswer } from '../challenge/challenge.ts';
import { occurredAt } from './occurred-at.ts';

// Exactly at the limit, and one beyond it.

const uuid = (number: number) => `3f0e1d2c-5b6a-4798-8abc-${String(number).padStart(12, '0')}`;
const many = (count: number) =>
  Array.from({ length: count }, (_, number) => event({ uuid: uuid(number) }));

test.each([
  [MAX_EVENTS_PER_REQUEST, 202],
  [MAX_EVENTS_PER_REQUEST + 1, 422],
])('%i events in a request are answered with %i', async (count, status) => {
  const { post, accepted } = relayThat();
  expect((await post(batch(...many(count)))).status).toBe(status);
  expect(accepted).toHaveLength(status === 202 ? count : 0);
});

describe.each([
  ['that says its length', true],
  ['that does not', false],
])('a body %s', (_, saysItsLength) => {
  test.each([
    [MAX_BODY_BYTES, 202],
    [MAX_BODY_BYTES + 1, 413],
  ])('of %i bytes is answered with %i', async (bytes, status) => {
    const { post } = relayThat();
    const text = JSON.stringify(batch(event()));
    const body = text.padEnd(bytes);
    const headers = saysItsLength ? { 'content-length': String(bytes) } : {};
    expect((await post(body, headers as Record<string, string>)).status).toBe(status);
  });
});

test.each([
  [32, 422],
  [33, 400],
])('JSON of %i levels is answered with %i', async (levels, status) => {
  const { post } = relayThat();
  const answer = await post('['.repeat(levels) + ']'.repeat(levels));
  expect(answer.status).toBe(status);
});

test.each(['TEXT/PLAIN', 'Application/JSON; charset=utf-8', ' text/plain ;charset=UTF-8'])(
  'the content type %j is taken: its case does not matter',
  async (type) => {
    const { post } = relayThat();
    expect((await post(batch(event()), { 'content-type': type })).status).toBe(202);
  },
);

describe('an answer of a challenge', () => {
  test.each([
    [8_192, true],
    [8_193, false],
  ])('of %i characters is checked: %s', async (length, isChecked) => {
    const asked: ChallengeAnswer[] = [];
    const verify = async (answer: ChallengeAnswer) => {
      asked.push(answer);
      return 'passed' as const;
    };
    const { post } = relayThat(undefined, { challenge: { events: ['signup'], verify } });
    await post({ ...batch(event()), challenge: 'x'.repeat(length) });
    expect(asked).toHaveLength(isChecked ? 1 : 0);
  });
});

describe('a time', () => {
  const MINUTE = 60_000;
  const DAY = 24 * 60 * MINUTE;
  // What the sender's clock shows when the request is received, and what the event says.
  test.each([
    ['5 s ahead', 5_000, -1_000, -1_000],
    ['more than 5 s ahead', 5_001, -1_000, -6_001],
    ['10 minutes behind', -10 * MINUTE, -11 * MINUTE, -11 * MINUTE],
    ['more than 10 minutes behind', -10 * MINUTE - 1, -11 * MINUTE, -MINUTE + 1],
    ['right, 30 days ago', 0, -30 * DAY, -30 * DAY],
    ['right, longer ago', 0, -30 * DAY - 1, -30 * DAY],
    ['right, now', 0, 0, 0],
    ['right, in the future', 0, 1, 0],
  ])('by a clock that is %s', (_, sentAt, at, expected) => {
    const sent = { sentAt: NOW + sentAt, events: [] };
    const iso = occurredAt(event({ occurredAt: NOW + at }), sent, NOW);
    expect(Date.parse(iso) - NOW).toBe(expected);
  });
});
