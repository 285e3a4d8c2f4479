import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseRelayKeys } from '@hubrelay/relay';
import { expect, onTestFinished, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hubrelay-key-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

function run(cwd: string, ...args: string[]) {
  const node = ['--conditions=hubrelay-source', MAIN, 'key', 'make', ...args];
  return promisify(execFile)(process.execPath, node, { cwd, env: childEnv });
}

test('a key is shown once, and the file has only its hash', async () => {
  const cwd = await folder();
  const { stdout } = await run(cwd, 'shop', '--events', 'signup, trial');
  await run(cwd, 'billing');
  const file = join(cwd, 'relay-keys.json');
  const text = await readFile(file, 'utf8');
  expect(stdout.trim()).toMatch(/^hrk_[\w-]{43}$/);
  expect(text).not.toContain(stdout.trim().slice(4));
  expect(parseRelayKeys(text)).toMatchObject({
    ok: true,
    keys: [{ name: 'shop', events: ['signup', 'trial'] }, { name: 'billing' }],
  });
  expect((await stat(file)).mode & 0o077).toBe(0);
});

test('a name is given once, and what to do instead is said', async () => {
  const cwd = await folder();
  await run(cwd, 'shop');
  await expect(run(cwd, 'shop')).rejects.toMatchObject({
    stderr: expect.stringContaining('make shop-2'),
  });
});
