import { type Listening, type ListenOptions, listen } from '@hubrelay/relay/node';

const SHUTDOWN_TIMEOUT_MS = 1_000;

/** Listens on the loopback interface, on `port` or, when that is taken, on a free one. */
export function listenNear(port: number, fetch: ListenOptions['fetch']): Promise<Listening> {
  const options = { fetch, hostname: '127.0.0.1', shutdownTimeoutMs: SHUTDOWN_TIMEOUT_MS };
  return withFreePort(port, (free) => listen({ ...options, port: free }));
}

/** Starts something on `port` or, when that is taken, on a free one. */
export async function withFreePort<Server>(
  port: number,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  try {
    return await start(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return start(0);
  }
}
