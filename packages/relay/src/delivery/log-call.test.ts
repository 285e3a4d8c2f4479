import { expect, test } from 'vitest';
import { event, eventJson } from '../../test/support/events.ts';
import type { HubSpotAnswer } from '../hubspot/answer.ts';
import { outcomeOf } from '../hubspot/outcome-of.ts';
import type { LogFields, Logger } from '../observe/log.ts';
import { logCall } from './log-call.ts';

const ADA = eventJson(1, { email: 'ada@example.com' });

function linesFor(answer: HubSpotAnswer, events = [ADA]): [string, LogFields][] {
  const lines: [string, LogFields][] = [];
  const write = (level: string) => (fields: LogFields) => void lines.push([level, fields]);
  const log: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  const outcome = outcomeOf(answer, { events, mayHaveArrived: true });
  const report = { events, attempts: 2, answer, outcome, startedAt: 0, durationMs: 12 };
  logCall(log)({ ...report, isWitness: false });
  return lines;
}

test('a delivered batch is one line', () => {
  const names = {
    uuids: [event(1).uuid],
    names: [event(1).eventName],
    visitors: [expect.stringMatching(/^[0-9a-f]{8}$/)],
  };
  const rest = { attempt: 2, durationMs: 12, outcome: 'delivered', status: 204 };
  expect(linesFor({ kind: 'response', status: 204 })).toEqual([
    ['info', { events: 1, ...names, ...rest }],
  ]);
});

test('visitors are told apart, and by nothing that they could be found by', () => {
  const [first, second] = ['a'.repeat(32), 'b'.repeat(32)];
  const calls = [first, second, second].map((utk, number) => eventJson(number, { utk }));
  const [[, fields] = ['', {}]] = linesFor({ kind: 'response', status: 204 }, calls);
  expect(fields).toMatchObject({ events: 3, uuids: [0, 1, 2].map((n) => event(n).uuid) });
  expect(fields.visitors).toHaveLength(2);
  expect(JSON.stringify(fields)).not.toMatch(/a{8}|b{8}/);
  expect(linesFor({ kind: 'response', status: 204 }, calls)[0]?.[1].visitors).toEqual(
    fields.visitors,
  );
});

test('a large batch is a short line', () => {
  const calls = Array.from({ length: 500 }, (_, number) => eventJson(number));
  const [line] = linesFor({ kind: 'response', status: 204 }, calls);
  expect(line?.[1]).toMatchObject({ events: 500, outcome: 'delivered' });
  expect(JSON.stringify(line).length).toBeLessThan(300);
});

test('a refused event is told by category and correlation id, not by its values', () => {
  const error = { category: 'VALIDATION_ERROR', message: 'ada@example.com is no e-mail address' };
  const lines = linesFor({ kind: 'response', status: 400, correlationId: 'c-1', error });
  expect(lines).toMatchObject([
    ['warn', { outcome: 'refused', category: 'VALIDATION_ERROR', correlationId: 'c-1' }],
  ]);
  expect(JSON.stringify(lines)).not.toContain('ada@');
});

test('a pause is loud and says why', () => {
  const error = { category: 'MISSING_SCOPES', message: 'The app lacks a scope.' };
  expect(linesFor({ kind: 'response', status: 403, error })).toMatchObject([
    ['error', { outcome: 'pause', cause: 'forbidden', message: 'The app lacks a scope.' }],
  ]);
});
