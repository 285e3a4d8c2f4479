import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';

/** Tells every open inspector page what changed. */
export interface Feed {
  /** `data` travels as JSON. */
  send(event: string, data: unknown): void;
  /** Answers with a stream that begins with `first`. */
  open(c: Context, first: () => { readonly event: string; readonly data: unknown }): Response;
  /** Ends every stream. */
  close(): void;
}

/** A comment line so often keeps proxies, and the browser, from giving up on a quiet stream. */
const HEARTBEAT_MS = 15_000;

export function createFeed(): Feed {
  const listeners = new Set<(event: string, data: unknown) => void>();
  const closing = new AbortController();

  return {
    send(event, data) {
      for (const listener of listeners) listener(event, data);
    },
    open: (c, first) =>
      streamSSE(c, async (stream) => {
        const write = (event: string, data: unknown) =>
          void stream.writeSSE({ event, data: JSON.stringify(data) });
        const { event, data } = first();
        write(event, data);
        listeners.add(write);
        const heartbeat = setInterval(() => void stream.write(': still here\n\n'), HEARTBEAT_MS);
        await new Promise<void>((resolve) => {
          stream.onAbort(resolve);
          closing.signal.addEventListener('abort', () => resolve());
        });
        clearInterval(heartbeat);
        listeners.delete(write);
      }),
    close: () => closing.abort(),
  };
}
