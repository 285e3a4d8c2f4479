import { expect, test } from 'vitest';
import type { HubSpotAnswer } from '../../hubspot/answer.ts';
import { keyProblem } from './check-key.ts';

const response = (status: number, category?: string): HubSpotAnswer => ({
  kind: 'response',
  status,
  error: { ...(category && { category }) },
});

test.each([
  ['a key that is not accepted', response(401, 'EXPIRED_AUTHENTICATION'), /make a new one/],
  ['a missing scope', response(403, 'MISSING_SCOPES'), /lacks the scope/],
  ['a subscription without custom events', response(403), /subscription/],
] as const)('%s is told with what to do', (_, answer, words) => {
  expect(keyProblem(answer)).toMatch(words);
});

test.each([
  ['the empty event refused', response(400, 'VALIDATION_ERROR')],
  ['an outage', response(503)],
  ['a firewall’s own 403', { kind: 'response', status: 403, isForeign: true }],
  ['a firewall’s own 403 without a word of HubSpot’s', { kind: 'response', status: 403 }],
  ['no answer', { kind: 'failure', reason: 'timeout', message: '' }],
] as const)('%s says nothing about the key', (_, answer) => {
  expect(keyProblem(answer as HubSpotAnswer)).toBeUndefined();
});
