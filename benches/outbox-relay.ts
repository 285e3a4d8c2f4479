import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { demoCredentials } from '@hubrelay/fake-hubspot';
import type { OutboxStats } from '../packages/relay/src/outbox/outbox.ts';

const ADMIN_TOKEN = 'an-admin-token-that-is-long-enough-for-anyone';
const MAIN = "import { runNodeRelay } from '@hubrelay/relay/node'; await runNodeRelay();";

/** A relay in a process of its own, from the built packages, as an owner runs it. */
export interface BenchRelay {
  readonly url: string;
  order(what: 'pause' | 'resume'): Promise<void>;
  stats(): Promise<OutboxStats>;
  /** The most resident memory of the whole process, threads and mapped files too, since the last call. */
  peakRssMb(): number;
  /** Processor time that it has used, all threads. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** How `node` is started. */
export interface NodeSettings {
  readonly flags: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** As docs/deploy/node.md recommends for a small machine. */
export const LITTLE_MEMORY: NodeSettings = {
  flags: ['--max-semi-space-size=1', '--max-old-space-size=256', '--no-sparkplug', '--no-maglev'],
  variables: { MALLOC_ARENA_MAX: '1' },
};

/** @param command what comes before `node`, such as `taskset -c 0` */
export async function startRelay(
  variables: Readonly<Record<string, string>>,
  settings: NodeSettings = { flags: [], variables: {} },
  command: readonly string[] = [],
): Promise<BenchRelay> {
  const [file = process.execPath, ...before] = [...command, process.execPath];
  const child = spawn(file, [...before, ...settings.flags, '--input-type=module', '-e', MAIN], {
    cwd: import.meta.dirname,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      ADMIN_TOKEN,
      HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
      HUBSPOT_HUB_ID: demoCredentials.hubId,
      ALLOWED_ORIGINS: 'https://shop.example',
      EVENTS: '*',
      RATE_LIMIT_PER_ADDRESS: '0',
      RATE_LIMIT_PER_VISITOR: '0',
      ...settings.variables,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await listeningUrl(child.stdout);
  const ask = async (path: string, method: string) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const answer = await fetch(`${url}/admin/v1/${path}`, { method, headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    url,
    order: async (what) => void (await ask(what, 'POST')),
    stats: async () => ((await ask('stats', 'GET')) as { outbox: OutboxStats }).outbox,
    peakRssMb() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      // Begins the next peak: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
      writeFileSync(`/proc/${child.pid}/clear_refs`, '5');
      return Math.round((Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6);
    },
    cpuMs() {
      const [user = 0, system = 0] = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
        .slice(11, 13)
        .map(Number);
      return (user + system) * 10;
    },
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function listeningUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url) return url;
  }
  throw new Error('the relay ended before it was listening');
}
