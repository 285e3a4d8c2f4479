import type { EventStep, TailPage } from '@hubrelay/relay';
import { expect, test } from 'vitest';
import { CommandError } from '../cli-command.ts';
import { follow } from './follow.ts';
import { lineOfStep } from './step-words.ts';

const step = (uuid: string): EventStep => ({
  outcome: 'delivered',
  at: Date.parse('2026-11-28T12:00:00Z'),
  events: 1,
  durationMs: 30,
  status: 204,
  uuid,
  eventName: 'pe1_signup',
});

const page = (fields: Partial<TailPage>): TailPage => ({
  items: [],
  next: 'c-1',
  hasMore: false,
  missed: false,
  since: 0,
  ...fields,
});

/** Answers in order; the last one stops the following. */
function following(answers: readonly (TailPage | Error)[], fromStart = false) {
  const stop = new AbortController();
  const asked: (string | undefined)[] = [];
  const told: (string | undefined)[] = [];
  const notes: string[] = [];
  const left = [...answers];
  const tail = async ({ after }: Readonly<Record<string, string>>) => {
    asked.push(after);
    const answer = left.shift();
    if (left.length === 0) stop.abort();
    if (answer instanceof Error) throw answer;
    return answer ?? page({});
  };
  const done = follow({
    admin: { tail },
    query: {},
    fromStart,
    everyMs: 1,
    tell: ({ uuid }) => void told.push(uuid),
    note: (sentence) => void notes.push(sentence),
    signal: stop.signal,
  });
  return { done, asked, told, notes };
}

test('begins with what happens from now on, and tells each step once', async () => {
  const { done, asked, told } = following([
    page({ next: 'c-5' }),
    page({ next: 'c-7', items: [step('u-5'), step('u-6')], hasMore: true }),
    page({ next: 'c-8', items: [step('u-7')] }),
    page({ next: 'c-8' }),
  ]);
  await done;
  expect(asked).toEqual([undefined, 'c-5', 'c-7', 'c-8']);
  expect(told).toEqual(['u-5', 'u-6', 'u-7']);
});

test('goes on when the relay restarts, tells of it once, and that something is missing', async () => {
  const silent = new CommandError('No relay answers.');
  const { done, asked, told, notes } = following(
    [
      page({ next: 'a-9' }),
      silent,
      silent,
      page({ next: 'b-2', items: [step('u-1')], missed: true }),
      page({ next: 'b-2' }),
    ],
    true,
  );
  await done;
  expect(asked).toEqual(['0', 'a-9', 'a-9', 'a-9', 'b-2']);
  expect(told).toEqual(['u-1']);
  expect(notes).toEqual(['No relay answers.', expect.stringContaining('Some steps are missing')]);
});

test.each([true, false])('a relay that never answered is a problem', async (fromStart) => {
  const { done } = following([new CommandError('No relay answers.'), page({})], fromStart);
  await expect(done).rejects.toThrow('No relay answers.');
});

test('a step is one line', () => {
  const refused: EventStep = {
    ...step('u-1'),
    outcome: 'retried',
    events: 3,
    cause: 'server_error',
    status: 503,
    message: 'Try\nagain',
  };
  expect(lineOfStep(refused)).toBe(
    '2026-11-28T12:00:00.000Z  u-1  pe1_signup  retried (server_error)  with 2 others, 30 ms  HubSpot said: 503 Try again',
  );
  const expired: EventStep = { outcome: 'dead', at: refused.at, events: 3, cause: 'expired' };
  expect(lineOfStep(expired)).toBe('2026-11-28T12:00:00.000Z  3 events  dead (expired)');
});
