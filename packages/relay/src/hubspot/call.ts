import type { Clock } from '../core/clock.ts';
import type { Redacted } from '../core/redacted.ts';
import type { HubSpotFailure } from './answer.ts';
import { redactText } from './redact-text.ts';

export interface CallTools {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** For one call, its body included. */
  readonly timeoutMs: number;
}

/**
 * One POST that ends: by an answer, by the timeout, or by a fault of the network. Never rejects, never follows a redirect
 * (a credential must not travel to wherever a `Location` points).
 */
export async function call<T>(
  url: string,
  request: { readonly headers: Record<string, string>; readonly body: string },
  read: (response: Response) => Promise<T>,
  tools: CallTools,
  secrets: readonly Redacted[],
): Promise<T | HubSpotFailure> {
  const abort = new AbortController();
  const stopTimer = tools.clock.schedule(() => abort.abort(), tools.timeoutMs);
  try {
    const init = { method: 'POST', redirect: 'manual', signal: abort.signal, ...request } as const;
    return await read(await tools.fetch(url, init));
  } catch (error) {
    if (abort.signal.aborted) return timedOut(tools.timeoutMs);
    const message = redactText(describe(error), secrets);
    return { kind: 'failure', reason: 'network', message };
  } finally {
    stopTimer();
  }
}

export function timedOut(timeoutMs: number): HubSpotFailure {
  const message = `HubSpot did not answer within ${timeoutMs} ms.`;
  return { kind: 'failure', reason: 'timeout', message };
}

/** Node's `fetch` says `fetch failed` and keeps what happened in `cause`. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${wordsOf(cause)}` : wordsOf(error);
}

/** Node's error for a host of several addresses, none of which answers, has a code and no message. */
function wordsOf(error: Error): string {
  return error.message || String((error as { code?: unknown }).code ?? error.name);
}
