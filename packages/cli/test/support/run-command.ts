import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { demoCredentials } from '@hubrelay/fake-hubspot';
import { childEnv } from '../../../../scripts/child-env.ts';

export const MAIN = [
  '--conditions=hubrelay-source',
  new URL('../../src/main.ts', import.meta.url).pathname,
];

export interface RunningRelay {
  readonly url: string;
  /** Its log so far. */
  said(): string;
  stop(): Promise<void>;
}

/** Runs `hubrelay relay` on a free port. */
export async function startRelay(variables: Record<string, string>): Promise<RunningRelay> {
  const relay = spawn(process.execPath, [...MAIN, 'relay'], {
    env: { ...childEnv, PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    relay.once('exit', (code) => reject(new Error(`hubrelay relay ended with ${code}`)));
    relay.stdout.on('data', (chunk) => {
      text += chunk;
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
      if (found) resolve(found);
    });
  });
  return {
    url,
    said: () => text,
    async stop() {
      relay.kill('SIGTERM');
      await once(relay, 'exit');
    },
  };
}

export const ADMIN_TOKEN = 'an-admin-token-for-tests';
export const ORIGIN = 'https://shop.example.com';

/** Runs a relay with an outbox in a folder, as an owner of the fake's account does. */
export function startOwnersRelay(hubspot: { url: string }, folder: string): Promise<RunningRelay> {
  return startRelay({
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    HUBSPOT_HUB_ID: demoCredentials.hubId,
    ALLOWED_ORIGINS: ORIGIN,
    EVENTS: '*',
    OUTBOX_PATH: join(folder, 'outbox.db'),
    ADMIN_TOKEN,
  });
}

export interface Ran {
  readonly code: number;
  readonly said: string;
  /** What a program that called it would read. */
  readonly stdout: string;
}

/** Runs a command as an operator does. */
export function runCommand(args: string[], variables: Record<string, string>, cwd?: string) {
  const env = { ...childEnv, ...variables };
  return new Promise<Ran>((resolve) => {
    execFile(process.execPath, [...MAIN, ...args], { env, cwd }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr, stdout }),
    );
  });
}
