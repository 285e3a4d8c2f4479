import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';

const main = new URL('../src/main.ts', import.meta.url).pathname;

let hubspot: RunningFakeHubSpot;
let folder: string;
beforeAll(async () => {
  hubspot = await startFakeHubSpot();
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-pull-'));
});
afterAll(async () => {
  await hubspot.close();
  await rm(folder, { recursive: true });
});

/** Runs the command as a person does, in an empty project. */
function hubrelay(args: string[], token: string = demoCredentials.definitionsToken) {
  const env = {
    ...childEnv,
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_DEFINITIONS_TOKEN: token,
  };
  return new Promise<{ code: number; said: string; stdout: string }>((resolve) => {
    const command = ['--conditions=hubrelay-source', main, ...args];
    execFile('node', command, { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr, stdout }),
    );
  });
}

test('pulls, checks, and fails the check once the lock is stale', async () => {
  expect(await hubrelay(['pull', '--check'])).toMatchObject({
    code: 1,
    said: expect.stringContaining('+ signup ('),
  });
  const pulled = await hubrelay(['pull']);
  expect(pulled).toMatchObject({ code: 0, said: expect.stringContaining('Wrote') });
  expect(await hubrelay(['pull', '--check'])).toMatchObject({ code: 0 });

  const lock = join(folder, 'events.lock.json');
  const text = await readFile(lock, 'utf8');
  await writeFile(lock, text.replace('"business", ', ''));
  expect(await hubrelay(['pull', '--check'])).toMatchObject({
    code: 1,
    said: expect.stringContaining('~ signup.plan: +business'),
  });
  expect(await readFile(lock, 'utf8')).not.toBe(text);
  const told = await hubrelay(['pull', '--check', '--json']);
  expect(told.code).toBe(1);
  expect(JSON.parse(told.stdout)).toMatchObject({
    hubId: demoCredentials.hubId,
    changes: ['~ signup.plan: +business'],
    stale: ['events.lock.json'],
    written: false,
  });
});

test('a misspelt option writes nothing, and a refusal does not print the key', async () => {
  expect(await hubrelay(['pull', '--chekc'])).toMatchObject({
    code: 1,
    said: expect.stringContaining('There is no option --chekc'),
  });
  const refused = await hubrelay(['pull'], demoCredentials.accessToken);
  expect(refused.code).toBe(1);
  expect(refused.said).not.toContain(demoCredentials.accessToken);
});

test('with a missing folder neither file is written, and no stack is shown', async () => {
  const { code, said } = await hubrelay([
    'pull',
    '--lock',
    'other.lock.json',
    '--types',
    'no/such/events.d.ts',
  ]);
  expect(said).toMatch(/^no\/such\/events\.d\.ts cannot be written: its folder does not exist\./m);
  expect(said).not.toMatch(/^ +at /m);
  expect(code).toBe(1);
  await expect(readFile(join(folder, 'other.lock.json'))).rejects.toThrow('ENOENT');
});
