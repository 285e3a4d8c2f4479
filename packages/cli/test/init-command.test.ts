import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';
import { aliveBatch, postTo } from '../../relay/test/hosts/host-contract.ts';
import { startWorkerHost } from '../../relay/test/support/start-worker-host.ts';
import { RUNTIMES } from '../src/init/project-parts.ts';
import { runHere } from './support/run-here.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ORIGIN = 'https://shop.example';

let hubspot: RunningFakeHubSpot;
let folder: string;

beforeEach(async () => {
  hubspot = await startFakeHubSpot();
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-init-'));
  return async () => {
    await hubspot.close();
    await rm(folder, { recursive: true, force: true });
  };
});

const FLAGS = ['--origins', ORIGIN, '--hub-id', demoCredentials.hubId];

const read = (file: string) => readFile(join(folder, 'new', file), 'utf8');

/** Writes the project, and installs the packages of this repository in it. */
async function initialise(runtime: string): Promise<void> {
  const ran = await runHere(['init', join(folder, 'new'), '--runtime', runtime, ...FLAGS], {});
  expect(ran.said).toContain('npm install');
  expect(ran.code).toBe(0);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'new/node_modules'));
}

/** `npm start`, with the key in `.env`. @returns where it listens */
async function npmStart(): Promise<{ url: string; process: ChildProcess }> {
  const example = await read('.env.example');
  const env = example.replace(
    /^HUBSPOT_ACCESS_TOKEN=$/m,
    (line) => line + demoCredentials.accessToken,
  );
  expect(env).not.toBe(example);
  await writeFile(
    join(folder, 'new/.env'),
    `${env}HUBSPOT_BASE_URL=${hubspot.url}\nCHECK_KEY=false\nPORT=0\n`,
  );
  const { scripts } = JSON.parse(await read('package.json'));
  const path = `${join(folder, 'new/node_modules/.bin')}:${process.env.PATH}`;
  // npm itself would stand between the relay and its SIGTERM.
  const relay = spawn('sh', ['-c', `exec ${scripts.start}`], {
    cwd: join(folder, 'new'),
    env: { ...childEnv, PATH: path },
  });
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [relay.stdout, relay.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const [, found] = /"url":"(http:[^"]+)"/.exec(text) ?? [];
        if (found) resolve(found);
      });
    }
    relay.once('close', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
  onTestFinished(async () => {
    relay.kill('SIGTERM');
    await once(relay, 'close');
  });
  return { url, process: relay };
}

test.each(RUNTIMES.filter((runtime) => runtime !== 'cloudflare'))(
  'a project for %s starts with its own script, and takes an event to HubSpot',
  async (runtime) => {
    await initialise(runtime);
    const batch = aliveBatch();
    expect((await postTo(await npmStart(), batch)).status).toBe(202);
    expect((await hubspot.waitFor(1))[0]?.uuid).toBe(batch.events[0]?.uuid);
  },
);

test('a project for cloudflare runs in workerd, is typed, and takes an event to HubSpot', async () => {
  await initialise('cloudflare');
  const variables = {
    HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    HUBSPOT_BASE_URL: hubspot.url,
  };
  const host = await startWorkerHost(
    variables,
    relative(join(ROOT, 'examples'), join(folder, 'new')),
  );
  onTestFinished(() => host.stop());
  const batch = aliveBatch();
  expect((await postTo(host, batch)).status).toBe(204);
  expect((await hubspot.waitFor(1))[0]?.uuid).toBe(batch.events[0]?.uuid);
  const tsc = spawn(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit'], {
    cwd: join(folder, 'new'),
  });
  let said = '';
  tsc.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  expect([(await once(tsc, 'close'))[0], said]).toEqual([0, '']);
});

test('the project for cloudflare is the example', async () => {
  await initialise('cloudflare');
  const example = (file: string) => readFile(join(ROOT, 'examples/cloudflare', file), 'utf8');
  for (const file of ['worker.ts', 'package.json', '.env.example']) {
    expect({ file, text: await read(file) }).toEqual({ file, text: await example(file) });
  }
  expect(await read('wrangler.toml')).toBe(
    (await example('wrangler.toml'))
      .replace('"https://www.example.com"', `"${ORIGIN}"`)
      .replace('"1234567"', `"${demoCredentials.hubId}"`),
  );
});

test('the button that deploys to Cloudflare describes each value that it asks for', async () => {
  const example = (file: string) => readFile(join(ROOT, 'examples/cloudflare', file), 'utf8');
  const [, variables = ''] = (await example('wrangler.toml')).split('[vars]');
  const asked = [variables, await example('.env.example')].flatMap((text) =>
    [...text.matchAll(/^([A-Z_]+) ?=/gm)].map(([, name]) => name),
  );
  const { bindings } = JSON.parse(await example('package.json')).cloudflare;
  expect(Object.keys(bindings).toSorted()).toEqual(asked.toSorted());
});

test.each(RUNTIMES)('a project for %s keeps its secrets and events out of git', async (runtime) => {
  await initialise(runtime);
  expect((await read('.gitignore')).split('\n')).toEqual(
    expect.arrayContaining(['.env', 'hubrelay.db*']),
  );
  expect(await read('.env.example')).toMatch(/^HUBSPOT_ACCESS_TOKEN=$/m);
});

test.each([
  [['--runtime', 'cobol', ...FLAGS], /--runtime cobol is not known: write node, bun/],
  [['--origins', 'www.example.com', '--hub-id', '1'], /"www\.example\.com" is not an origin/],
  [['--origins', `${ORIGIN}"\nEVENTS = "*`, '--hub-id', '1'], /is not an origin/],
  [['--origins', ORIGIN, '--hub-id', 'mine'], /--hub-id mine is not a number/],
])('%j is refused, and nothing is written', async (flags, message) => {
  const ran = await runHere(['init', join(folder, 'new'), ...flags], {});
  expect(ran.code).toBe(1);
  expect(ran.said).toMatch(message);
  await expect(read('package.json')).rejects.toThrow('ENOENT');
});

test('a folder with anything in it is left alone', async () => {
  await writeFile(join(folder, 'mine.txt'), 'mine');
  const ran = await runHere(['init', folder, ...FLAGS], {});
  expect(ran.code).toBe(1);
  expect(ran.said).toMatch(/is not empty/);
});
