import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** The tools of node_modules first, above all the Node that this repository is built with. */
const PATH = [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter);

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
}

/** Runs a command at the root with its output shown, and says how it ended. */
export async function runStep(
  name: string,
  command: readonly [string, ...string[]],
): Promise<StepResult> {
  const startedAt = performance.now();
  console.log(`\n── ${name}: ${command.join(' ')}`);
  const code = await exitCode(command);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`── ${name}: ${code === 0 ? 'ok' : `FAILED (exit ${code})`} in ${seconds} s`);
  return { name, ok: code === 0 };
}

function exitCode([file, ...args]: readonly [string, ...string[]]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: ROOT,
      env: { ...process.env, PATH },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
