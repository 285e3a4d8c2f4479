import type { HubSpotAnswer, HubSpotError } from './answer.ts';
import { parseRetryAfter } from './retry-after.ts';

/** HubSpot's error bodies are below 4 KiB; a proxy's error page may be anything. */
const MAX_BODY_BYTES = 65_536;
const MAX_MESSAGE_LENGTH = 500;

/**
 * Turns a response into an answer. Of a refusal the status decides what happens to the events, so a body that is HTML,
 * truncated, endless or slow only costs its details. Reading it at all frees the connection for the next call.
 */
export async function readAnswer(
  response: Response,
  nowMs: number,
  redact: (text: string) => string,
): Promise<HubSpotAnswer> {
  const whole = await readBody(response);
  const { text, isWhole } = whole;
  if (response.ok) return answerOfSuccess(response.status, whole);
  const body = parseObject(text);
  const isForeign = IS_ABOUT_EVENTS.has(response.status) && !hasHubSpotsMarks(body);
  const error = isForeign ? undefined : errorOf(body, redact);
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), nowMs);
  const correlationId =
    textOf(body, 'correlationId') ?? response.headers.get('x-hubspot-correlation-id') ?? undefined;
  return {
    kind: 'response',
    status: response.status,
    ...(isForeign && isWhole && text.trim() !== '' && { isForeign }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(error !== undefined && { error }),
    ...(correlationId !== undefined && { correlationId: cut(redact(correlationId)) }),
  };
}

/** A success is HubSpot's own, of which all was read: what broke off may have been a proxy's page. */
function answerOfSuccess(status: number, { text, isWhole, isTooLong }: Body): HubSpotAnswer {
  if (!isWhole && !isTooLong) {
    return { kind: 'failure', reason: 'network', message: `The answer (${status}) broke off.` };
  }
  // HubSpot's own yes is short: of what is longer the end may say anything.
  return { kind: 'response', status, ...((!isWhole || !isHubSpots(text)) && { isForeign: true }) };
}

/** @returns the body up to the cap; what was readable of a body that breaks off. */
export async function readText(response: Response): Promise<string> {
  return (await readBody(response)).text;
}

interface Body {
  readonly text: string;
  readonly isWhole: boolean;
  /** It was not read to its end on purpose. */
  readonly isTooLong: boolean;
}

async function readBody(response: Response): Promise<Body> {
  const reader = response.body?.getReader();
  if (reader === undefined) return { text: '', isWhole: true, isTooLong: false };
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { text, isWhole: true, isTooLong: false };
      bytes += value.byteLength;
      text += decoder.decode(value, { stream: true });
      if (bytes >= MAX_BODY_BYTES) break;
    }
    await reader.cancel();
  } catch {
    // Reset or timed out in the middle of the body: the status is known, and that is what counts.
  }
  return { text, isWhole: false, isTooLong: bytes >= MAX_BODY_BYTES };
}

/**
 * HubSpot documents 204 without a body. What its other endpoints send with a 2xx is a JSON object of these fields that tells of
 * no error; whatever else comes with a 2xx was written by something between the relay and HubSpot, or is no yes.
 */
function isHubSpots(text: string): boolean {
  if (text.trim() === '') return true;
  const body = parseObject(text);
  if (Array.isArray(body) || tellsOfErrors(body)) return false;
  return Object.keys(body).some((field) => SUCCESS_FIELDS.has(field));
}

const SUCCESS_FIELDS = new Set(['completedAt', 'requestedAt', 'results', 'startedAt']);

/** What a batch's results may say of each event, too. */
function tellsOfErrors(body: Json): boolean {
  const { results } = body;
  const each = Array.isArray(results) ? results : [];
  return saysNo(body) || each.some((one) => typeof one === 'object' && one !== null && saysNo(one));
}

function saysNo({ status, category, numErrors, errors, error, success }: Json): boolean {
  const isListed = Array.isArray(errors) ? errors.length > 0 : errors !== undefined;
  return (
    (typeof status === 'string' && /err|fail|cancel|reject|invalid/i.test(status)) ||
    (typeof status === 'number' && (status < 200 || status > 299)) ||
    category !== undefined ||
    error !== undefined ||
    success === false ||
    isListed ||
    (numErrors !== undefined && numErrors !== 0)
  );
}

type Json = Readonly<Record<string, unknown>>;

export function parseObject(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}

export function textOf(body: Json, field: string): string | undefined {
  const value = body[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** With these HubSpot would refuse events, or an object that they name. */
const IS_ABOUT_EVENTS: ReadonlySet<number> = new Set([400, 404, 405, 409, 410, 413, 414, 415, 422]);

const MARKS = ['category', 'correlationId', 'errorType', 'policyName'];

/**
 * What HubSpot refuses, it refuses with `"status": "error"`, a category or a correlation id. A bare `message` is what API gateways
 * write ("no Route matched with those values", "request does not match schema"), and no event may end by their word.
 */
function hasHubSpotsMarks(body: Json): boolean {
  return body.status === 'error' || MARKS.some((field) => field in body);
}

/**
 * HubSpot says that every field of an error is optional: a 400 for broken JSON has no `category`, a 429 has `errorType` instead.
 * @returns undefined when nothing of HubSpot's is in the body, as in a proxy's error page.
 */
function errorOf(body: Json, redact: (text: string) => string): HubSpotError | undefined {
  const category = textOf(body, 'category') ?? textOf(body, 'errorType');
  const message = messageOf(body);
  const policyName = textOf(body, 'policyName');
  if (category === undefined && message === undefined && policyName === undefined) return undefined;
  return {
    ...(category !== undefined && { category: cut(redact(category)) }),
    ...(message !== undefined && { message: cut(redact(message)) }),
    ...(policyName !== undefined && { policyName: cut(redact(policyName)) }),
  };
}

/** The message, and the details of `errors[]`, which name the property at fault. */
function messageOf(body: Json): string | undefined {
  const details = Array.isArray(body.errors) ? body.errors.map(detailOf) : [];
  const parts = [textOf(body, 'message'), ...details].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : [...new Set(parts)].join('; ');
}

function detailOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? textOf(error as Json, 'message') : undefined;
}

/** After the redaction, never before: of a secret that straddles the cut the first half would look like none. */
function cut(text: string): string {
  return text.slice(0, MAX_MESSAGE_LENGTH);
}
