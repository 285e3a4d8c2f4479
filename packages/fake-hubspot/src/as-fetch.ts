import type { Hono } from 'hono';
import { BREAK_HEADER, breakOf, firstHalf } from './connection.ts';
import type { FakeEnv } from './run-exchange.ts';

/** A `fetch` that ends at the app. Connection faults are as in Node: a TypeError, or no answer until the signal aborts. */
export function asFetch(app: Hono<FakeEnv>): typeof fetch {
  return async (input, init) => {
    // Not the new Request's signal: undici ties it to the caller's by a weak reference, which may be collected.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    const response = await Promise.race([app.fetch(new Request(input, init)), aborted(signal)]);
    switch (breakOf(response)) {
      case undefined:
        return response;
      case 'reset':
        throw new TypeError('fetch failed', { cause: new Error('read ECONNRESET') });
      case 'hang':
        return aborted(signal);
      case 'truncate':
        return cutShort(response);
    }
  };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = () => reject(signal?.reason);
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
  });
}

async function cutShort(response: Response): Promise<Response> {
  const { half } = await firstHalf(response);
  const headers = new Headers(response.headers);
  headers.delete(BREAK_HEADER);
  let isSent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isSent) controller.error(new TypeError('terminated'));
      else controller.enqueue(half);
      isSent = true;
    },
  });
  return new Response(body, { status: response.status, headers });
}
