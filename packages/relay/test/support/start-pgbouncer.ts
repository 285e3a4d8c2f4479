import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../../../scripts/find-program.ts';
import { freePort } from '../../../../scripts/free-port.ts';

export const pgbouncer = findProgram('pgbouncer');

export interface TestPgBouncer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * A real PgBouncer before a server.
 * @param settings of its file, as an owner writes it: `[databases]` and `[pgbouncer]`
 */
export async function startPgBouncer(
  settings: string,
  users: Readonly<Record<string, string>>,
): Promise<TestPgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'hubrelay-pgbouncer-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const userlist = join(folder, 'users.txt');
  writeFileSync(
    userlist,
    Object.entries(users)
      .map(([name, pw]) => `"${name}" "${pw}"\n`)
      .join(''),
  );
  const file = join(folder, 'pgbouncer.ini');
  const place = `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\n`;
  writeFileSync(file, `${settings}\n${place}auth_type = plain\nauth_file = ${userlist}\n`);
  // It refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(pgbouncer ?? 'pgbouncer', [...asUser, file], { stdio: 'ignore' });
  await untilListening(port, child);
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (listens) return;
    await sleep(50);
  }
  throw new Error(`pgbouncer ended with ${child.exitCode}.`);
}
