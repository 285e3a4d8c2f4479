import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can swallow everything: no answer, no refusal, as when packets are dropped. */
export interface BlackHole {
  readonly port: number;
  /** From now on nothing comes through, neither on old connections nor on new ones. */
  swallow(): void;
  stop(): Promise<void>;
}

export async function startBlackHole(serverPort: number): Promise<BlackHole> {
  const sockets = new Set<Socket>();
  let isSwallowing = false;
  const remember = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    remember(client);
    if (isSwallowing) return;
    const upstream = connect(serverPort, '127.0.0.1');
    remember(upstream);
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    swallow() {
      isSwallowing = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
