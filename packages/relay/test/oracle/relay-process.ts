import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnv } from '../../../../scripts/child-env.ts';
import { limitFiles } from '../support/limit-files.ts';

const MAIN = join(import.meta.dirname, 'relay-main.ts');

/** A relay that can be killed. */
export interface RelayProcess {
  readonly url: string;
  isRunning(): boolean;
  /** kill -9, and wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and kill -9 when that does not end it. @returns the exit code; undefined when it had to be killed */
  terminate(): Promise<number | undefined>;
  setClock(offsetMs: number): void;
  /** For a while no file can grow: what a full disk is to the process. */
  withLimitedFiles(ms: number): Promise<void>;
  /** What it wrote last, for a report. */
  lastOutput(): string;
}

const OUTPUT_CHARS = 20_000;
const TERMINATE_MS = 30_000;

/** Starts a relay on a free port. @throws with its output when it ends before it listens */
export async function startRelayProcess(
  variables: Readonly<Record<string, string>>,
  offsetMs: number,
): Promise<RelayProcess> {
  const child = spawn(process.execPath, ['--conditions=hubrelay-source', MAIN], {
    env: { ...childEnv, PORT: '0', CLOCK_OFFSET_MS: String(offsetMs), ...variables },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = collectOutput(child);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const port = await listeningPort(child, output);

  return {
    url: `http://127.0.0.1:${port}`,
    isRunning,
    async kill() {
      if (!isRunning()) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    async terminate() {
      if (isRunning()) {
        const exit = once(child, 'exit');
        const timer = setTimeout(() => child.kill('SIGKILL'), TERMINATE_MS);
        child.kill('SIGTERM');
        await exit;
        clearTimeout(timer);
      }
      return child.exitCode ?? undefined;
    },
    setClock: (offset) => void child.send({ offsetMs: offset }),
    async withLimitedFiles(ms) {
      const makeRoom = await limitFiles(child.pid);
      await sleep(ms);
      if (isRunning()) await makeRoom();
    },
    lastOutput: output,
  };
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-OUTPUT_CHARS);
    });
  }
  return () => text;
}

function listeningPort(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /"url":"http:\/\/[^"]*:(\d+)"/.exec(output())?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`The relay exited with ${code}: ${output()}`)));
  });
}
