import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyTo } from './planted/bug.ts';
import { BUGS } from './planted/bugs.ts';

const ROOT = join(import.meta.dirname, '..');

/** In a process of its own, as the command does it: the simulator takes the clocks and timers out of its process. */
function simulate(...args: string[]): Promise<string> {
  const command = ['--conditions=hubrelay-source', join(ROOT, 'simulator/main.ts'), ...args];
  const options = { maxBuffer: 2 ** 28 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${stdout.slice(-2000)}${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

/** A busy machine takes its time. */
const patience = { timeout: 600_000 };

test('the same seeds give the same trace in every process, byte for byte', patience, async () => {
  const run = () => simulate('--seeds', '3', '--seed', '2', '--trace');
  const [one, other] = await Promise.all([run(), run()]);
  expect(one.length).toBeGreaterThan(10_000);
  expect(one === other, `traces of ${one.length} and ${other.length} characters differ`).toBe(true);
});

test('no law is broken in seeds 1 to 200', patience, async () => {
  const told = await simulate('--seeds', '200', '--brief', '--jobs', '2');
  expect(told).toMatch(/^200 seeds, 0 broken, digest \w+$/m);
});

describe('a planted bug', () => {
  test.each(BUGS)('can be planted: $name', async (bug) => {
    const source = await readFile(join(ROOT, bug.file), 'utf8');
    expect(applyTo(source, bug)).not.toBe(source);
  });
});
