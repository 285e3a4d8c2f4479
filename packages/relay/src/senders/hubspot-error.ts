import type { Issue } from '@hubrelay/protocol';
import { scrubbedJson } from '../observe/scrub.ts';
import { noteHeaders } from '../receive/note-headers.ts';

/** One thing wrong with a request, as HubSpot puts it. */
export interface HubSpotErrorDetail {
  readonly message: string;
  /** Where: `inputs[3].eventName`. */
  readonly in?: string;
  readonly code?: string;
}

export interface HubSpotErrorAnswer {
  readonly status: number;
  readonly category: string;
  readonly message: string;
  readonly errors?: readonly HubSpotErrorDetail[];
  readonly retryAfterMs?: number;
}

/** Everything that a server can be told: that all its events are safe, or HubSpot's error document and that none is. */
export type SendReply = SendTaken | HubSpotErrorAnswer;

export interface SendTaken {
  readonly status: 204;
  /** What was changed or left out. */
  readonly notes: readonly Issue[];
}

/** Answers as HubSpot's API does, so that its SDKs understand. Never with CORS: a page has no business here. */
export function renderSend(reply: SendReply): Response {
  if ('notes' in reply) {
    return new Response(null, { status: reply.status, headers: noteHeaders(reply.notes) });
  }
  const { status, category, message, errors, retryAfterMs } = reply;
  const correlationId = crypto.randomUUID();
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-hubspot-correlation-id': correlationId,
  };
  if (retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  }
  const body = { status: 'error', message, correlationId, category, ...(errors && { errors }) };
  return new Response(scrubbedJson(body), { status, headers });
}

export function validationError(errors: readonly HubSpotErrorDetail[]): HubSpotErrorAnswer {
  const [first] = errors;
  const where = first?.in ? `${first.in}: ` : '';
  return {
    status: 400,
    category: 'VALIDATION_ERROR',
    message: `Nothing was accepted. ${where}${first?.message}`,
    errors: errors.slice(0, 20).map(({ message, in: at, code }) => ({
      message,
      ...(at !== undefined && { in: at }),
      ...(code !== undefined && { code }),
    })),
  };
}
