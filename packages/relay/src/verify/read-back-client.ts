import type { Clock } from '../core/clock.ts';
import type { Redacted } from '../core/redacted.ts';
import { backoffMs } from '../delivery/backoff.ts';
import type { ApiVersion } from '../hubspot/address.ts';
import { redactText } from '../hubspot/redact-text.ts';
import { parseRetryAfter } from '../hubspot/retry-after.ts';

export interface ReadBackClientOptions {
  /** With the scope `oauth` for occurrences and `crm.objects.contacts.read` for contacts. Not the relay's send token. */
  readonly token: Redacted;
  /** @default 'https://api.hubapi.com' */
  readonly baseUrl?: string | undefined;
  readonly apiVersion: ApiVersion;
  /** @default the global fetch */
  readonly fetch?: typeof fetch;
  readonly clock: Clock;
  /** @default Math.random */
  readonly random?: () => number;
  /** Ends every question: what is asked after it is not answered. @default never */
  readonly signal?: AbortSignal;
}

/** `status` 0: no answer. `problem` is for the owner and holds no secret. */
export type ReadBackAnswer =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly status: number; readonly problem: string };

/** Reads from HubSpot's ordinary APIs, within their rate limit, and tries again what may pass. */
export interface ReadBackClient {
  readonly apiVersion: ApiVersion;
  get(path: string, query?: Readonly<Record<string, string>>): Promise<ReadBackAnswer>;
}

const MAX_TRIES = 4;
const TIMEOUT_MS = 15_000;
const MAX_WAIT_MS = 30_000;
const BACKOFF = { baseMs: 500, maxMs: 10_000 };
/** 100 in ten seconds: an account has 190 for all its apps, at least. */
const GAP_MS = 100;

export function createReadBackClient(options: ReadBackClientOptions): ReadBackClient {
  const { clock, random = Math.random, apiVersion } = options;
  const base = (options.baseUrl ?? 'https://api.hubapi.com').replace(/\/+$/, '');
  let nextAt = 0;

  async function turn(): Promise<void> {
    const now = clock.monotonic();
    const at = Math.max(now, nextAt);
    nextAt = at + GAP_MS;
    if (at > now) await waitFor(at - now, options);
  }

  return {
    apiVersion,
    async get(path, query = {}) {
      const search = new URLSearchParams(query).toString();
      const url = `${base}${path}${search && `?${search}`}`;
      for (let tries = 1; ; tries += 1) {
        await turn();
        if (options.signal?.aborted) return STOPPED;
        const { answer, notBeforeMs } = await ask(url, options);
        const waitMs = backoffMs(tries - 1, notBeforeMs, random, BACKOFF);
        const mayPass = !answer.ok && isPassing(answer.status);
        if (!mayPass || tries === MAX_TRIES || waitMs > MAX_WAIT_MS) return answer;
        await waitFor(waitMs, options);
      }
    },
  };
}

const STOPPED: ReadBackAnswer = { ok: false, status: 0, problem: 'The relay has stopped.' };

/** Also returns when everything is to end. */
function waitFor(
  delayMs: number,
  { clock, signal }: Pick<ReadBackClientOptions, 'clock' | 'signal'>,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(end, delayMs);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}

const isPassing = (status: number) =>
  status === 0 || status === 423 || status === 429 || status >= 500;

async function ask(
  url: string,
  { token, fetch = globalThis.fetch, clock }: ReadBackClientOptions,
): Promise<{ readonly answer: ReadBackAnswer; readonly notBeforeMs: number }> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' },
      // A redirect would carry the token along.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const notBeforeMs = parseRetryAfter(response.headers.get('retry-after'), clock.now()) ?? 0;
    const body = parsed(text);
    if (response.ok && body !== undefined) return { answer: { ok: true, body }, notBeforeMs };
    // Before the cut: of a token that straddles it the first part would look like none.
    const said = redactText(messageOf(body), [token]).slice(0, MAX_SAID_CHARS);
    const problem = `HubSpot answered ${response.status}${said && `: ${said}`}`;
    return { answer: { ok: false, status: response.status, problem }, notBeforeMs };
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message || message : message;
    const problem = `HubSpot cannot be reached at ${new URL(url).origin}: ${reason}`;
    return { answer: { ok: false, status: 0, problem }, notBeforeMs: 0 };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const MAX_SAID_CHARS = 300;

function messageOf(body: unknown): string {
  const message = (body as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? message : '';
}
