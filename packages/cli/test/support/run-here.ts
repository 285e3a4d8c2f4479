import { formatWithOptions } from 'node:util';
import { runMain } from 'citty';
import { vi } from 'vitest';
import { argumentsOf, hubrelay } from '../../src/hubrelay.ts';
import type { Ran } from './run-command.ts';

/** What ends a command instead of the process of the tests. */
class Exit extends Error {}

/**
 * Runs a command as `src/main.ts` does, in the process of the test: a tenth of the time that a process of its own takes. One at a
 * time: environment, output and exit code belong to the process.
 */
export async function runHere(args: string[], variables: Record<string, string>): Promise<Ran> {
  const before = process.env;
  process.env = { PATH: before.PATH, NO_COLOR: '1', ...variables };
  process.exitCode = 0;
  let stdout = '';
  let said = '';
  const print =
    (isOutput: boolean) =>
    (...values: unknown[]) => {
      const line = `${formatWithOptions({ colors: false }, ...values)}\n`;
      said += line;
      if (isOutput) stdout += line;
    };
  vi.spyOn(console, 'log').mockImplementation(print(true));
  vi.spyOn(console, 'error').mockImplementation(print(false));
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    process.exitCode = code ?? 0;
    throw new Exit();
  });
  try {
    await runMain(hubrelay, { rawArgs: argumentsOf(args) });
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  } finally {
    vi.restoreAllMocks();
    process.env = before;
  }
  const code = Number(process.exitCode);
  process.exitCode = 0;
  return { code, said, stdout };
}

/** Runs a command that goes on until Ctrl-C, and presses it. */
export async function runUntilCtrlC(args: string[], variables: Record<string, string>) {
  const others = new Set(process.listeners('SIGINT'));
  const running = runHere(args, variables);
  const pressing = setInterval(() => {
    for (const listener of process.listeners('SIGINT')) {
      if (!others.has(listener)) listener('SIGINT');
    }
  }, 50);
  return running.finally(() => clearInterval(pressing));
}
