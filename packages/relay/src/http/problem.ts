import { type Issue, type Problem, type ProblemCode, TROUBLESHOOTING } from '@hubrelay/protocol';
import { scrubbedJson } from '../observe/scrub.ts';

const STATUS_AND_TITLE: Record<ProblemCode, readonly [number, string]> = {
  invalid_json: [400, 'The body is not JSON'],
  invalid_batch: [422, 'The body is not a batch of events'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not supported'],
  origin_not_allowed: [403, 'This origin may not send events'],
  bot_refused: [403, 'Bots may not send events'],
  identity_required: [401, 'A signed identity is required'],
  identity_expired: [401, 'The signed identity has expired'],
  admin_token_required: [401, 'The admin token is missing or wrong'],
  invalid_order: [400, 'Invalid request'],
  invalid_request: [400, 'The request is not valid HTTP'],
  request_timeout: [408, 'The request did not arrive in time'],
  headers_too_large: [431, 'The headers are too large'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'This method is not allowed here'],
  rate_limited: [429, 'Too many events'],
  overloaded: [503, 'The relay is temporarily not accepting events'],
  hubspot_unavailable: [503, 'HubSpot is temporarily not accepting events'],
};

/** Builds an error answer by RFC 9457. What it quotes of the request is quoted without addresses: it may be logged on the way. */
export function problem(
  code: ProblemCode,
  detail: string,
  extra: { issues?: readonly Issue[]; headers?: Record<string, string> } = {},
): Response {
  const [status, title] = STATUS_AND_TITLE[code];
  const body: Problem = {
    type: TROUBLESHOOTING + code,
    title,
    status,
    code,
    detail,
    ...(extra.issues && { issues: extra.issues }),
  };
  return new Response(scrubbedJson(body), {
    status,
    headers: { ...extra.headers, 'content-type': 'application/problem+json' },
  });
}

/** Refusals that pass by themselves. */
export type TemporaryCode = 'rate_limited' | 'overloaded' | 'hubspot_unavailable';

/** A temporary refusal: the sender keeps its events and comes back with the same uuids. */
export function tryLater(
  code: TemporaryCode,
  detail: string,
  retryAfterMs: number,
  headers: Record<string, string> = {},
): Response {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return problem(code, detail, { headers: { ...headers, 'retry-after': String(seconds) } });
}
