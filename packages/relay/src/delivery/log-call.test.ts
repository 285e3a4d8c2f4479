import { expect, test } from 'vitest';
import { eventJson } from '../../test/support/events.ts';
import type { HubSpotAnswer } from '../hubspot/answer.ts';
import { outcomeOf } from '../hubspot/outcome-of.ts';
import type { LogFields, Logger } from '../log.ts';
import { logCall } from './log-call.ts';

function linesFor(answer: HubSpotAnswer): [string, LogFields][] {
  const lines: [string, LogFields][] = [];
  const write = (level: string) => (fields: LogFields) => void lines.push([level, fields]);
  const log: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  const outcome = outcomeOf(answer, { events: 1, attempt: 2 });
  const events = [eventJson(1, { email: 'ada@example.com' })];
  logCall(log)({ events, attempts: 2, answer, outcome, startedAt: 0, durationMs: 12 });
  return lines;
}

test('a delivered batch is one line', () => {
  expect(linesFor({ kind: 'response', status: 204 })).toEqual([
    ['info', { events: 1, attempt: 2, durationMs: 12, outcome: 'delivered', status: 204 }],
  ]);
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
