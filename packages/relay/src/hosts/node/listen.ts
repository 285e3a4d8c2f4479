import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { problem, tryLater } from '../../http/problem.ts';
import { answerClientErrors } from './answer-client-errors.ts';

export interface ListenOptions {
  readonly fetch: (request: Request, env: unknown) => Response | Promise<Response>;
  readonly port: number;
  readonly hostname: string;
  /** How long running requests may take after `close()` before their connections are cut. */
  readonly shutdownTimeoutMs: number;
}

/** A server that is listening. */
export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Takes no new connection, lets running requests finish, then resolves. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Bounds on how long a client may hold a socket, against slow clients. Events are small: a client that needs 10 seconds to
 * send 64 KiB is better told to come back. keepAlive is above the usual 60 s of load balancers in front, because
 * a server that closes first makes them answer 502.
 */
const SOCKET_BOUNDS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
  // Node would answer a request without Host itself, and without a document.
  requireHostHeader: false,
} as const;

/** @throws the system's error when the port cannot be had (`EADDRINUSE`, `EACCES`) */
export async function listen(options: ListenOptions): Promise<Listening> {
  const answer = getRequestListener(options.fetch, { errorHandler: answerError });
  const twoHosts = getRequestListener(() => problem('invalid_request', TWO_HOSTS));
  const server = createServer(SOCKET_BOUNDS, (request, response) => {
    if (hasOneHost(request)) return answer(request, response);
    response.setHeader('connection', 'close');
    return twoHosts(request, response);
  });
  answerClientErrors(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.hostname, resolve);
  });

  const { port } = server.address() as AddressInfo;
  const host = options.hostname.includes(':') ? `[${options.hostname}]` : options.hostname;
  let closing: Promise<void> | undefined;
  return {
    port,
    url: `http://${host}:${port}`,
    close() {
      closing ??= closeGracefully(server, options.shutdownTimeoutMs);
      return closing;
    },
  };
}

/** Connections that become idle later have to be closed too: a client would keep them open for the whole keep-alive. */
const IDLE_CHECK_MS = 50;

function closeGracefully(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const closeIdle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearInterval(closeIdle);
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const TWO_HOSTS = 'The request has more than one Host header.';

/** Node takes the first; a proxy before it may have gone by the other (RFC 9112, 3.2). */
function hasOneHost({ rawHeaders }: IncomingMessage): boolean {
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  return names.filter((name) => name.toLowerCase() === 'host').length <= 1;
}

/** What a relay throws it answers itself; this is for requests that no Request can be made of, such as `POST *`. */
function answerError(error: unknown): Response {
  return error instanceof RequestError
    ? problem('invalid_request', 'The request has no address that can be read.')
    : tryLater('overloaded', 'Send the same events again later.', 5_000, {});
}
