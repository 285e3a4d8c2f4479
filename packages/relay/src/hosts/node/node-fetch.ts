import { once } from 'node:events';
import {
  type ClientRequest,
  type IncomingMessage,
  Agent as PlainAgent,
  request as requestPlainly,
} from 'node:http';
import { request as requestSecurely, Agent as SecureAgent } from 'node:https';
import { Readable } from 'node:stream';

export interface NodeFetch {
  readonly fetch: typeof fetch;
  /** Ends the calls under way, which reject, and closes every connection: the process waits for none of them. */
  close(): void;
}

/** As Node's global agents are, but apart from them, so that they can be closed. */
const AGENT = { keepAlive: true, scheduling: 'lifo', timeout: 5000 } as const;

/**
 * What the client of HubSpot needs of `fetch`, by Node's own HTTP client: a body that is a string, redirects that are left
 * alone, a signal. Node's `fetch` copies every body several times, which costs processor time and 10 to 15 MB with large
 * batches under way: docs/decisions/outbox-performance.md
 */
export function createNodeFetch(): NodeFetch {
  const plain = { request: requestPlainly, agent: new PlainAgent(AGENT) };
  const secure = { request: requestSecurely, agent: new SecureAgent(AGENT) };
  let isClosed = false;
  return {
    async fetch(input, init = {}) {
      if (isClosed) throw new Error('The relay has stopped.');
      const { method = 'GET', headers, body, signal } = init;
      const url = new URL(String(input));
      const { request, agent } = url.protocol === 'https:' ? secure : plain;
      const sent = request(url, {
        method,
        agent,
        headers: Object.fromEntries(new Headers(headers)),
        ...(signal && { signal }),
      });
      return responseTo(sent.end(body));
    },
    close() {
      isClosed = true;
      for (const { agent } of [plain, secure]) agent.destroy();
    },
  };
}

async function responseTo(request: ClientRequest): Promise<Response> {
  const [message] = (await once(request, 'response')) as [IncomingMessage];
  // From here on, the reader of the body is told of errors.
  request.on('error', () => {});
  const { statusCode: status = 0, headersDistinct } = message;
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  // Not left to `new Response`: the server's library puts one in the global's place that takes any status.
  if (status < 200 || status > 599) {
    message.destroy();
    throw new RangeError(`HubSpot answered with status ${status}, which HTTP does not have.`);
  }
  return new Response(bodyOf(message), { status, headers });
}

/** None where there is none, so that the connection is free for the next call at once. */
function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array> | null {
  const { statusCode, headers } = message;
  const isEmpty = statusCode === 204 || statusCode === 304 || headers['content-length'] === '0';
  if (!isEmpty) return Readable.toWeb(message) as ReadableStream<Uint8Array>;
  message.resume();
  return null;
}
