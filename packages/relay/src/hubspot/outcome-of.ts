import type { HubSpotAnswer, HubSpotFailure, HubSpotResponse } from './answer.ts';
import type { EventJson } from './event.ts';
import { isDuplicate } from './is-duplicate.ts';
import type { Evidence, Outcome, Pause, Retry } from './outcome.ts';

/** What was sent to get the answer. */
export interface Sent {
  readonly events: readonly EventJson[];
  /** One of them may have reached HubSpot before: an earlier call ended without a clear answer. */
  readonly mayHaveArrived: boolean;
}

/**
 * What an answer means for the events that were in the call: the whole table, and the only place that knows it.
 *
 * | answer | outcome |
 * |---|---|
 * | 204; any other 2xx without a body or with HubSpot's JSON | delivered (207: split, because it reports on parts) |
 * | any other 2xx | pause: a login page or a proxy answered, not HubSpot |
 * | 400 404 409 413 414 415 422 | split; a single event is refused, or delivered when HubSpot has it already |
 * | 401 402 403 | pause: the credential or the subscription is at fault, no event |
 * | 403 without a word of HubSpot's | split; a single event is retried: a firewall before HubSpot did not like what is in it |
 * | 404 405 410 without a word of HubSpot's, 3xx | pause: this is not the send endpoint |
 * | 477, 429 by the daily limit | pause |
 * | 408 423 425 429 5xx, no answer | retry |
 * | the same without a body, or with one that breaks off (413 and 414 need none) | split; a single event is retried |
 * | the same in words that are not HubSpot's (413 and 414 need none) | split; a single event is a pause: a gateway refused it |
 * | any other 4xx | split; a single event is retried: it is not documented that such a status is final |
 * | anything else | retry |
 */
export function outcomeOf(answer: HubSpotAnswer, sent: Sent): Outcome {
  if (answer.kind === 'failure') return outcomeOfFailure(answer);
  const { status } = answer;
  if (status >= 200 && status < 300) return outcomeOfSuccess(answer, sent);
  if (status >= 300 && status < 400) return pause('redirect', answer);
  if (status >= 400 && status < 500) return outcomeOfClientError(answer, sent);
  return retry('server_error', answer);
}

function outcomeOfSuccess(answer: HubSpotResponse, sent: Sent): Outcome {
  if (answer.isForeign) return pause('wrong_address', answer);
  return answer.status === 207 && sent.events.length > 1
    ? { kind: 'split', error: evidenceOf(answer) }
    : { kind: 'delivered' };
}

function outcomeOfFailure({ reason, message }: HubSpotFailure): Outcome {
  const error = { message };
  return reason === 'credential'
    ? { kind: 'pause', cause: 'unauthorized', notBeforeMs: 0, error }
    : { kind: 'retry', cause: reason, notBeforeMs: 0, error };
}

function outcomeOfClientError(answer: HubSpotResponse, sent: Sent): Outcome {
  if (isNotTheSendEndpoint(answer)) return pause('wrong_address', answer);
  switch (answer.status) {
    case 400:
    case 404:
    case 409:
    case 413:
    case 414:
    case 415:
    case 422:
      return outcomeOfRefusal(answer, sent);
    case 401:
      return pause('unauthorized', answer);
    case 402:
      return pause('forbidden', answer);
    case 403:
      return answer.error ? pause('forbidden', answer) : suspicionOf(answer, sent);
    case 408:
      return retry('timeout', answer);
    case 423:
      return retry('locked', answer, LOCK_MS);
    case 425:
      return retry('server_error', answer);
    case 429:
      return outcomeOfRateLimit(answer);
    case 477:
      return pause('migration', answer);
    default:
      return suspicionOf(answer, sent);
  }
}

/**
 * One of the events may be at fault, and it is not documented that such an answer is final. A pause would let anyone who can
 * send such an event stop all others.
 */
function suspicionOf(answer: HubSpotResponse, sent: Sent): Outcome {
  return sent.events.length > 1
    ? { kind: 'split', error: evidenceOf(answer) }
    : retry('server_error', answer);
}

function outcomeOfRefusal(answer: HubSpotResponse, sent: Sent): Outcome {
  const error = evidenceOf(answer);
  if (sent.events.length > 1) return { kind: 'split', error };
  if (isUnexplained(answer) && answer.isForeign) return pause('wrong_address', answer);
  if (isUnexplained(answer)) return retry('server_error', answer);
  const [json = '{}'] = sent.events;
  const isHere = isDuplicate(answer, json, sent.mayHaveArrived);
  return isHere ? { kind: 'delivered' } : { kind: 'refused', error };
}

/** HubSpot: "locks last 2 seconds". */
const LOCK_MS = 2000;
const SECONDLY_MS = 1000;
const TEN_SECONDLY_MS = 10_000;

/** HubSpot promises no Retry-After on 429; how long a limit lasts is in the name of its policy. */
function outcomeOfRateLimit(answer: HubSpotResponse): Outcome {
  const { policyName = '', message = '' } = answer.error ?? {};
  const policy = `${policyName} ${message}`.toLowerCase();
  if (policy.includes('daily')) return pause('daily_limit', answer);
  if (policy.includes('ten_secondly')) return retry('rate_limited', answer, TEN_SECONDLY_MS);
  return retry('rate_limited', answer, policy.includes('secondly') ? SECONDLY_MS : 0);
}

/**
 * The body broke off, or a proxy wrote it. The words decide between "refused" and "here already", and a dead letter
 * without a reason would be useless, so the event is sent again.
 */
function isUnexplained({ status, error }: HubSpotResponse): boolean {
  return error === undefined && status !== 413 && status !== 414;
}

/**
 * A mistyped base URL, a proxy in between, or an API version that has ended: then no event may die of it. What HubSpot says
 * of an event is JSON.
 */
function isNotTheSendEndpoint(answer: HubSpotResponse): boolean {
  return answer.error === undefined && isAboutAnAddress(answer);
}

/** Such an answer may be about the address that was called instead of the events. */
export function isAboutAnAddress(answer: HubSpotAnswer): boolean {
  return answer.kind === 'response' && [404, 405, 410].includes(answer.status);
}

function retry(cause: Retry['cause'], answer: HubSpotResponse, atLeastMs = 0): Retry {
  const notBeforeMs = Math.max(answer.retryAfterMs ?? 0, atLeastMs);
  return { kind: 'retry', cause, notBeforeMs, error: evidenceOf(answer) };
}

function pause(cause: Pause['cause'], answer: HubSpotResponse): Pause {
  const notBeforeMs = answer.retryAfterMs ?? 0;
  return { kind: 'pause', cause, notBeforeMs, error: evidenceOf(answer) };
}

function evidenceOf({ status, error, correlationId }: HubSpotResponse): Evidence {
  return { ...error, status, ...(correlationId !== undefined && { correlationId }) };
}
