import type { ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { BREAK_HEADER, breakOf, firstHalf } from './connection.ts';
import { createFakeHubSpot, type FakeHubSpot } from './create-fake-hubspot.ts';
import type { FakeHubSpotOptions } from './options.ts';

export interface StartOptions extends FakeHubSpotOptions {
  /** @default a free port */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly hostname?: string;
}

/** A fake account behind a real socket. */
export interface RunningFakeHubSpot extends FakeHubSpot {
  /** `http://127.0.0.1:49152`, without a slash at the end. */
  readonly url: string;
  /** Breaks off what is under way and frees the port. */
  close(): Promise<void>;
}

/** Starts the fake on Node, on the loopback interface, with connections that really break. */
export async function startFakeHubSpot(options: StartOptions = {}): Promise<RunningFakeHubSpot> {
  // Imported here, so that createFakeHubSpot also loads where there is no Node.
  const { createAdaptorServer, RESPONSE_ALREADY_SENT } = await nodeServer();
  const { port = 0, hostname = '127.0.0.1', ...rest } = options;
  const fake = createFakeHubSpot(rest);

  const server = createAdaptorServer({
    overrideGlobalObjects: false,
    fetch: async (request, env) => {
      const { outgoing } = env as HttpBindings;
      const response = await fake.app.fetch(request, env);
      const how = breakOf(response);
      if (how === undefined) return response;
      if (how === 'reset') (outgoing.socket as Socket | null)?.resetAndDestroy();
      if (how === 'hang') await closed(outgoing);
      if (how === 'truncate') await sendHalf(response, outgoing);
      return RESPONSE_ALREADY_SENT;
    },
  }) as import('node:http').Server;

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    ...fake,
    url: `http://${hostname}:${address.port}`,
    close: () => closeWithAll(server),
  };
}

async function nodeServer() {
  const [{ createAdaptorServer }, { RESPONSE_ALREADY_SENT }] = await Promise.all([
    import('@hono/node-server'),
    import('@hono/node-server/utils/response'),
  ]);
  return { createAdaptorServer, RESPONSE_ALREADY_SENT };
}

function closed(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (outgoing.destroyed) resolve();
    else outgoing.once('close', resolve);
  });
}

/** Promises the whole body, sends half of it, closes the connection. */
async function sendHalf(response: Response, outgoing: ServerResponse): Promise<void> {
  const headers = new Headers(response.headers);
  headers.delete(BREAK_HEADER);
  const { half, fullBytes } = await firstHalf(response);
  outgoing.writeHead(response.status, {
    ...Object.fromEntries(headers),
    'content-length': fullBytes,
  });
  outgoing.write(half, () => outgoing.socket?.destroy());
}

/** Connections that come in while the others are cut would keep the server open: they are cut, too. */
function closeWithAll(server: import('node:http').Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const cut = setInterval(() => server.closeAllConnections(), 20);
    server.close((error) => {
      clearInterval(cut);
      if (error) reject(error);
      else resolve();
    });
    server.closeAllConnections();
  });
}
