import type { Answer } from './answer.ts';
import { errorAnswer, invalidJson } from './errors.ts';
import type { Exchange } from './exchange.ts';

type JsonBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly answer: Answer };

/** JSON and nothing else: a body of another type is refused unread. */
export function jsonBody({ call, correlationId }: Exchange): JsonBody {
  if (!/^application\/json\s*(;|$)/i.test(call.headers['content-type'] ?? '')) {
    const message = 'HTTP 415 Unsupported Media Type';
    return { ok: false, answer: errorAnswer(415, correlationId, { message }) };
  }
  try {
    return { ok: true, value: JSON.parse(call.body) };
  } catch (error) {
    return { ok: false, answer: invalidJson(correlationId, (error as Error).message) };
  }
}
