import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const run = promisify(execFile);
const bin = join(import.meta.dirname, '../../../node_modules/.bin');
const script = join(import.meta.dirname, 'support/outbox-in-runtime.ts');
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
