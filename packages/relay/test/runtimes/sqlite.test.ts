import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const run = promisify(execFile);
const bin = join(import.meta.dirname, '../../../../node_modules/.bin');
const script = join(import.meta.dirname, 'outbox-in-runtime.ts');
const directory = mkdtempSync(join(tmpdir(), 'hubrelay-runtimes-'));

afterAll(() => rmSync(directory, { recursive: true }));

const runtimes = [
  ['Node', 'node', []],
  ['Deno', 'deno', ['run', '--allow-all', '--no-check', '--no-lock']],
  ['Bun', 'bun', ['run']],
] as const;

const cases = runtimes.flatMap(([name, command, args]) => [
  { name, mode: 'thread', command, args },
  { name, mode: 'local', command, args },
]);

test.each(cases)(
  'SQLite keeps its promises on $name ($mode)',
  async ({ mode, command, args, name }) => {
    const file = join(directory, `${name}-${mode}.db`);
    const { stdout } = await run(join(bin, command), [...args, script, file, mode]);
    expect(JSON.parse(stdout)).toEqual({
      stored: 100,
      same: true,
      refused: true,
      resent: { stored: 0, known: 100 },
      replayed: 2,
      forgotten: 45,
      deadError: { status: 400 },
      counts: [100, 10, 4, 41, 45],
    });
  },
);

const VITEST = join(import.meta.dirname, '../../../../node_modules/vitest/vitest.mjs');
const CONFIG = join(import.meta.dirname, 'vitest.config.ts');

/** Bun's child processes lack what Vitest wants of them, and Deno's threads do: each gets the pool that it can run. */
test.each([
  ['deno', ['run', '--allow-all', '--no-lock'], 'forks'],
  ['bun', ['--bun'], 'threads'],
])('the whole outbox contract holds on %s', { timeout: 180_000 }, async (runtime, args, pool) => {
  const file = join(directory, `${runtime}.json`);
  const flags = ['--config', CONFIG, `--pool=${pool}`, '--reporter=json', `--outputFile=${file}`];
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, EXPECTED_RUNTIME: runtime };
  // What failed is in the report; the exit code says only that something did.
  const command = run(join(bin, runtime), [...args, VITEST, 'run', ...flags], { env });
  const { stderr } = await command.catch((error) => error);
  const report = JSON.parse(readFileSync(file, 'utf8'));
  expect(failuresOf(report)).toEqual([]);
  expect(report).toMatchObject({ success: true, numFailedTests: 0, numPendingTests: 0 });
  expect(report.numPassedTests).toBeGreaterThan(70);
  expect(stderr).not.toMatch(/Uncaught/);
});

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function failuresOf({ testResults }: Report): string[] {
  return testResults.flatMap(({ message, assertionResults }) => [
    ...(message ? [message] : []),
    ...assertionResults.flatMap(({ fullName, status }) => (status === 'passed' ? [] : [fullName])),
  ]);
}
