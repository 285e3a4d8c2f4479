import type { Redacted } from '@hubrelay/relay';
import { beginningOf } from '../beginning-of.ts';
import { reasonOf } from '../reason-of.ts';

/** One request to HubSpot and its answer, as they stand in the report. Holds no token. */
export interface Exchange {
  readonly what: string;
  /** `POST /events/v3/send`. */
  readonly line: string;
  /** 0: no answer. */
  readonly status: number;
  /** HubSpot's words: the start of the body, or why there is none. */
  readonly said: string;
  /** Those about limits. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answer extends Exchange {
  readonly body: unknown;
}

export interface CallerOptions {
  readonly token: Redacted;
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly onExchange: (exchange: Exchange) => void;
}

export interface Call {
  /** For the report: "the same uuid again". */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Text goes out as it is, anything else as JSON. */
  readonly body?: unknown;
}

export type Caller = (call: Call) => Promise<Answer>;

const TIMEOUT_MS = 60_000;
const MOST_OF_AN_ANSWER = 400;

/** Calls HubSpot once per question: a probe wants each answer as it is, so nothing is tried again. */
export function createCaller({ token, baseUrl, fetch, onExchange }: CallerOptions): Caller {
  const base = baseUrl.replace(/\/+$/, '');
  const redact = (text: string) => text.replaceAll(token.reveal(), '[redacted]');

  async function ask({ method, path, body }: Call): Promise<Omit<Answer, 'what' | 'line'>> {
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token.reveal()}`,
          accept: 'application/json',
          'user-agent': 'hubrelay',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = redact(await beginningOf(response));
      return {
        status: response.status,
        said: text.slice(0, MOST_OF_AN_ANSWER),
        headers: limitsIn(response.headers),
        body: parsed(text),
      };
    } catch (error) {
      const said = redact(reasonOf(error));
      return { status: 0, said, headers: {}, body: undefined };
    }
  }

  return async (call) => {
    const [path] = call.path.split('?');
    const answer = { what: call.what, line: `${call.method} ${path}`, ...(await ask(call)) };
    const { body: _, ...exchange } = answer;
    onExchange(exchange);
    return answer;
  };
}

function limitsIn(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => /ratelimit|retry-after/i.test(name)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
