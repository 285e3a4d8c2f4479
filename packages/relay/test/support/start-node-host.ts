import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { childEnv } from '../../../../scripts/child-env.ts';
import type { RunningHost } from '../hosts/host-contract.ts';

export interface NodeHost extends RunningHost {
  readonly process: ChildProcess;
}

const MAIN = join(import.meta.dirname, 'run-node-relay.ts');
const BIN = join(import.meta.dirname, '../../../../node_modules/.bin');

/** What runs the long-running host, and with which arguments before the script's own. */
const RUNTIMES = {
  node: [process.execPath, '--conditions=hubrelay-source'],
  bun: [join(BIN, 'bun'), '--conditions=hubrelay-source', 'run'],
  deno: [
    join(BIN, 'deno'),
    'run',
    '--allow-all',
    '--no-check',
    '--no-lock',
    '--conditions=hubrelay-source',
  ],
} as const;
export type Runtime = keyof typeof RUNTIMES;

/** Runs the long-running host in a process of its own, on a free port; delivers directly, and does not ask HubSpot about the key, unless told otherwise. */
export async function startNodeHost(
  variables: Record<string, string>,
  runtime?: Runtime,
): Promise<NodeHost> {
  const child = spawnNodeHost(
    { PORT: '0', DELIVERY: 'direct', CHECK_KEY: 'false', ...variables },
    runtime,
  );
  const { output } = child;
  const port = await new Promise<string>((resolve, reject) => {
    child.process.stdout?.on('data', () => {
      const found = /"url":"http:\/\/[^"]*:(\d+)"/.exec(output())?.[1];
      if (found) resolve(found);
    });
    child.process.once('exit', (code) => reject(new Error(`exited with ${code}: ${output()}`)));
  });
  return {
    ...child,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      if (child.process.exitCode !== null || child.process.signalCode !== null) return;
      child.process.kill('SIGTERM');
      // Not `exit`: its last words may still be on their way then.
      await once(child.process, 'close');
    },
  };
}

/** @returns the process and everything it has written so far */
export function spawnNodeHost(variables: Record<string, string>, runtime: Runtime = 'node') {
  const [command, ...args] = RUNTIMES[runtime];
  const process_ = spawn(command, [...args, MAIN], {
    env: { ...childEnv, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [process_.stdout, process_.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return { process: process_, output: () => text };
}
