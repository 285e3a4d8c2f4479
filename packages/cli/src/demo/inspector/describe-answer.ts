import { STATUS_CODES } from 'node:http';
import type { HubSpotAnswer } from '@hubrelay/relay';

/** HubSpot's answer, or the lack of one, in words. */
export interface AnswerWords {
  readonly good: boolean;
  /** `503`, `no answer`. */
  readonly short: string;
  /** `503 Service Unavailable`. */
  readonly long: string;
  /** HubSpot's own message, or the runtime's. */
  readonly message?: string;
}

export function describeAnswer(answer: HubSpotAnswer): AnswerWords {
  if (answer.kind === 'failure') {
    return { good: false, ...FAILURES[answer.reason], message: answer.message };
  }
  const { status, error } = answer;
  const message = [error?.category ?? error?.policyName, error?.message].filter(Boolean).join(': ');
  return {
    good: status >= 200 && status < 300,
    short: String(status),
    long: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
    ...(message && { message }),
  };
}

const FAILURES = {
  timeout: { short: 'no answer', long: 'No answer in time' },
  network: { short: 'cut off', long: 'Connection broken' },
  credential: { short: 'no key', long: 'No credential' },
} as const;
