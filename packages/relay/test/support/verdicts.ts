import type { HubSpotResponse } from '../../src/hubspot/answer.ts';
import type { Verdict } from './attacked.ts';

const words = { error: { category: 'ANYTHING', message: 'no' } };
const DAY_MS = 86_400_000;

function answer(status: number, more: Partial<HubSpotResponse> = {}): Verdict {
  return { kind: 'response', status, ...more };
}

/** All that HubSpot or something before it may do to a call with certain events in it. */
export const verdicts: readonly [name: string, verdict: Verdict][] = [
  ['500 by a proxy', answer(500)],
  ['500 in words of HubSpot', answer(500, words)],
  ['503 with Retry-After of a day', answer(503, { ...words, retryAfterMs: DAY_MS })],
  ['429 with Retry-After of an hour', answer(429, { ...words, retryAfterMs: DAY_MS / 24 })],
  ['429 of the daily limit', answer(429, { error: { policyName: 'DAILY' } })],
  ['401', answer(401, words)],
  ['403 by a firewall', answer(403)],
  ['403 in words of HubSpot', answer(403, words)],
  ['404 by a proxy', answer(404)],
  ['423', answer(423, words)],
  ['477 with Retry-After of a day', answer(477, { retryAfterMs: DAY_MS })],
  ['a redirect', answer(302)],
  ['200 with a login page', answer(200, { isForeign: true })],
  ['400 that breaks off', answer(400)],
  ['400 by a gateway', answer(400, { isForeign: true })],
  ['a clear refusal', answer(400, words)],
  ['a reset', { kind: 'failure', reason: 'network', message: 'ECONNRESET' }],
  ['no answer', 'hang'],
];
