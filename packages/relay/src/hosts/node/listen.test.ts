import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from './listen.ts';

test('connections stay open for longer than load balancers keep theirs', async () => {
  const fetch = () => new Response('ok');
  const server = await listen({ fetch, port: 0, hostname: '127.0.0.1', shutdownTimeoutMs: 0 });
  try {
    const headers = { connection: 'keep-alive' };
    const [answer] = (await once(get(server.url, { headers }), 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.headers['keep-alive']).toBe('timeout=65');
  } finally {
    await server.close();
  }
});
