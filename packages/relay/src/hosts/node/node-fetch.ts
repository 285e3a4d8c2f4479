import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as requestPlainly } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { Readable } from 'node:stream';

/**
 * What the client of HubSpot needs of `fetch`, by Node's own HTTP client: a body that is a string, redirects that are left
 * alone, a signal. Node's `fetch` copies every body several times, which costs processor time and 10 to 15 MB with large
 * batches under way: docs/decisions/outbox-performance.md
 */
export const nodeFetch: typeof fetch = async (input, init = {}) => {
  const { method = 'GET', headers, body, signal } = init;
  const url = new URL(String(input));
  const request = (url.protocol === 'https:' ? requestSecurely : requestPlainly)(url, {
    method,
    headers: Object.fromEntries(new Headers(headers)),
    ...(signal && { signal }),
  });
  return responseTo(request.end(body));
};

async function responseTo(request: ClientRequest): Promise<Response> {
  const [message] = (await once(request, 'response')) as [IncomingMessage];
  // From here on, whoever reads the body is told of errors.
  request.on('error', () => {});
  const { statusCode: status = 0, headersDistinct } = message;
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  try {
    return new Response(bodyOf(message), { status, headers });
  } catch (error) {
    // A status that no response may have.
    message.destroy();
    throw error;
  }
}

/** None where there is none, so that the connection is free for the next call at once. */
function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array> | null {
  const { statusCode, headers } = message;
  const isEmpty = statusCode === 204 || statusCode === 304 || headers['content-length'] === '0';
  if (!isEmpty) return Readable.toWeb(message) as ReadableStream<Uint8Array>;
  message.resume();
  return null;
}
