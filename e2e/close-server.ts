import type { Server } from 'node:http';

/**
 * Closes a server and whatever is connected to it. A browser opens connections ahead of need, and one that comes in while the
 * others are cut would keep the server open for a minute.
 */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setInterval(() => server.closeAllConnections(), 20);
    server.close(() => {
      clearInterval(cut);
      resolve();
    });
    server.closeAllConnections();
  });
}
