import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * A port for a server that cannot choose one itself. Below those that Linux gives to a program that asks for any: no other is given it
 * in the seconds until that server listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
