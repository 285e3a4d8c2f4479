import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterEach, describe, expect, test } from 'vitest';
import { createNodeFetch } from './node-fetch.ts';

const { fetch: nodeFetch } = createNodeFetch();

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanups.splice(0)) cleanUp();
});

/** A server on a port of its own, until the end of the test. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/events?a=b`;
}

/** A server that answers whatever comes with these bytes, and then what `after` does. */
async function answerRaw(bytes: string, after: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(bytes);
      after(socket);
    });
  }).listen(0, '127.0.0.1');
  cleanups.push(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const post = (body: string, signal?: AbortSignal): RequestInit => ({
  method: 'POST',
  redirect: 'manual',
  headers: { 'content-type': 'application/json', authorization: 'Bearer token-a' },
  body,
  ...(signal && { signal }),
});

// Node's own is what it stands in for.
describe.each([
  ['nodeFetch', nodeFetch],
  ["Node's fetch", fetch],
])('%s', (_, send) => {
  test('carries method, path, headers and a body of any characters, with its length', async () => {
    let got: unknown;
    const url = await serve(async (request, response) => {
      const chunks = await request.toArray();
      const { method, url, headers } = request;
      got = { method, url, headers, body: Buffer.concat(chunks).toString() };
      response.writeHead(204).end();
    });
    const body = JSON.stringify({ name: 'Zoë 🎈', '\u2028': '\u0000' }).repeat(3000);
    const response = await send(url, post(body));
    expect(response.status).toBe(204);
    expect(response.body).toBeNull();
    expect(got).toMatchObject({
      method: 'POST',
      url: '/events?a=b',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer token-a',
        'content-length': String(Buffer.byteLength(body)),
      },
      body,
    });
  });

  test('gives the answer as it is', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(429, { 'Retry-After': '7', 'X-Twice': ['a', 'b'] }).end('{"status":"é"}');
    });
    const response = await send(url, post('{}'));
    expect([response.ok, response.status]).toEqual([false, 429]);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('x-twice')).toBe('a, b');
    expect(await response.text()).toBe('{"status":"é"}');
  });

  test('follows no redirect', async () => {
    let calls = 0;
    const url = await serve((_request, response) => {
      calls += 1;
      response.writeHead(307, { location: '/elsewhere' }).end('moved');
    });
    const response = await send(url, post('{}'));
    expect(response.status).toBe(307);
    expect(await response.text()).toBe('moved');
    expect(calls).toBe(1);
  });

  test('uses connections again, after an answer without a body and after one that was read', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume();
      if (request.headers['x-body']) response.end('read me');
      else response.writeHead(200, { 'content-length': 0 }).end();
    });
    for (let call = 0; call < 10; call++) {
      const headers: HeadersInit = call % 2 ? { 'x-body': 'yes' } : {};
      await (await send(url, { ...post('{}'), headers })).text();
    }
    // Not 1: the first may not be back when the next call wants one.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  test('rejects when no server listens, and says so in the error or its cause', async () => {
    const url = await serve(() => {});
    for (const cleanUp of cleanups.splice(0)) cleanUp();
    const error: Error = await send(url, post('{}')).then(
      () => expect.fail('it answered'),
      (reason) => reason,
    );
    expect(`${error.message} ${(error.cause as Error | undefined)?.message}`).toContain(
      'ECONNREFUSED',
    );
  });

  test.each([
    ['a connection that is cut', '', (socket: Socket) => socket.destroy()],
    ['an answer that is no HTTP', 'SSH-2.0-nothing\r\n', (socket: Socket) => socket.end()],
  ])('rejects at %s', async (_what, bytes, after) => {
    await expect(send(await answerRaw(bytes, after), post('{}'))).rejects.toThrow();
  });

  test('an abort ends the wait for an answer', async () => {
    const abort = new AbortController();
    const url = await serve(() => abort.abort());
    await expect(send(url, post('{}', abort.signal))).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('an abort ends the wait for the rest of a body', async () => {
    const abort = new AbortController();
    const url = await serve((_request, response) => {
      response.writeHead(500).write('the start');
    });
    const response = await send(url, post('{}', abort.signal));
    const text = response.text();
    abort.abort();
    await expect(text).rejects.toThrow();
  });

  test('a body that breaks off fails its reader alone', async () => {
    const url = await answerRaw(
      'HTTP/1.1 500 Oops\r\ncontent-length: 100\r\n\r\nthe start',
      (socket) => socket.end(),
    );
    const response = await send(url, post('{}'));
    expect(response.status).toBe(500);
    await expect(response.text()).rejects.toThrow();
  });

  test('a body that is not wanted is given up, with its connection', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      response.once('close', () => closed.resolve());
      response.write('a body without an end');
    });
    const response = await send(url, post('{}'));
    await response.body?.cancel();
    await closed.promise;
  });
});

test('a status that no Response may have is an error, and gives the connection up', async () => {
  // As in a relay: it puts a Response that takes any status in the place of the global one.
  getRequestListener(() => new Response());
  const closed = Promise.withResolvers<void>();
  const url = await answerRaw('HTTP/1.1 999 No\r\ncontent-length: 9\r\n\r\n', (socket) =>
    socket.once('close', () => closed.resolve()),
  );
  await expect(nodeFetch(url, post('{}'))).rejects.toThrow(RangeError);
  await closed.promise;
});

test('closing ends a call that waits for an answer and one that waits for its body, and begins no other', async () => {
  const own = createNodeFetch();
  const silent = await serve(() => {});
  const halting = await serve((_, response) => void response.writeHead(200).write('{'));
  const waiting = own.fetch(silent, post('{}')).catch((error: Error) => error);
  const begun = await own.fetch(halting, post('{}'));
  const body = begun.text().catch((error: Error) => error);
  own.close();
  expect(await waiting).toBeInstanceOf(Error);
  expect(await body).toBeInstanceOf(Error);
  await expect(own.fetch(silent, post('{}'))).rejects.toThrow('The relay has stopped.');
});
