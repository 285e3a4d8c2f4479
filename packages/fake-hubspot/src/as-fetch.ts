import type { Hono } from 'hono';
import { BREAK_HEADER, breakOf, firstHalf } from './connection.ts';
import type { FakeEnv } from './run-exchange.ts';

/** A `fetch` that ends at the app. Connection faults are as in Node: a TypeError, or no answer until the signal aborts. */
export function asFetch(app: Hono<FakeEnv>): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const response = await Promise.race([app.fetch(request), aborted(signal)]);
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

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
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
