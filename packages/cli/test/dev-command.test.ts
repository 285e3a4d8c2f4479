import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCredentials, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';
import { snapshotOf } from './dev-feed.ts';

const main = ['--conditions=hubrelay-source', new URL('../src/main.ts', import.meta.url).pathname];
const UTK = '0123456789abcdef0123456789abcdef';

let folder: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-dev-test-'));
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  }
});
afterAll(() => rm(folder, { recursive: true }));

interface RunningDev {
  readonly inspector: string;
  readonly relay: string;
  readonly hubspot: string;
  readonly said: () => string;
}

async function startDev(args: readonly string[] = [], variables: Record<string, string> = {}) {
  const child = spawn('node', [...main, 'dev', '--port', '0', ...args], {
    env: { ...childEnv, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  let said = '';
  return new Promise<RunningDev>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`hubrelay dev ended: ${said}`)));
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (!said.includes('Ctrl-C stops everything')) return;
      const [inspector = '', relay = '', hubspot = ''] =
        said.match(/http:\/\/localhost:\d+\S*|http:\/\/127\S+/g) ?? [];
      resolve({ inspector, relay, hubspot, said: () => said });
    });
  });
}

function post(relay: string, eventName: string, origin: string, properties = {}) {
  const event = { uuid: crypto.randomUUID(), eventName, properties, occurredAt: Date.now() };
  return fetch(`${relay}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', origin },
    body: JSON.stringify({ sentAt: Date.now(), utk: UTK, events: [event] }),
  });
}

async function arrived(hubspot: string): Promise<string[]> {
  const answer = await fetch(hubspot, { headers: { accept: 'application/json' } });
  return ((await answer.json()) as { eventName: string }[]).map(({ eventName }) => eventName);
}

test('takes any event from any port of this machine, and from no other site', async () => {
  const { relay, hubspot, inspector, said } = await startDev([
    '--origin',
    'https://shop.test:8443',
  ]);
  for (const origin of [
    'http://localhost:5173',
    'https://127.0.0.1:3000',
    'http://[::1]:8080',
    'http://localhost',
    'https://shop.test:8443',
  ]) {
    expect((await post(relay, 'anything_goes', origin, { made: 'up' })).status, origin).toBe(202);
  }
  for (const origin of [
    'https://www.example.com',
    'http://localhost.example.com:1',
    'http://localhost:1.example.com',
  ]) {
    expect((await post(relay, 'anything_goes', origin)).status, origin).toBe(403);
  }
  await expect.poll(() => arrived(hubspot)).toEqual(new Array(5).fill('pe1234567_anything_goes'));
  const { rows } = await snapshotOf(inspector);
  expect(rows.filter(({ state }) => state === 'delivered')).toHaveLength(5);
  const [, src] = /<script async src="(\S+)" data-hubrelay-mint-visitor>/.exec(said()) ?? [];
  expect(src).toBe(`${relay}/hubrelay.js`);
  expect((await fetch(String(src))).status).toBe(200);
  expect(await (await fetch(new URL('/', inspector))).text()).toContain(
    'data-hubrelay-mint-visitor',
  );
});

const lockOf = (...names: string[]) =>
  JSON.stringify({
    version: 1,
    hubId: '77',
    events: Object.fromEntries(
      names.map((name) => [
        name,
        {
          fullyQualifiedName: `pe77_${name}`,
          properties: { plan: { type: 'enumeration', options: ['pro'] } },
        },
      ]),
    ),
  });

/** As editors do: the file is replaced. */
async function write(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

test('--lock lets through what the lock has, and follows it', async () => {
  const path = join(folder, 'events.lock.json');
  await write(path, lockOf('signup'));
  const { relay, hubspot, said } = await startDev(['--lock', path]);
  const origin = 'http://localhost:3000';
  expect((await post(relay, 'signup', origin, { plan: 'pro' })).status).toBe(202);
  expect(await (await post(relay, 'order_placed', origin)).json()).toMatchObject({
    rejected: [{ code: 'unknown_event' }],
  });
  await expect.poll(() => arrived(hubspot)).toEqual(['pe77_signup']);

  await write(path, '{ "version": 1,');
  await expect
    .poll(said, { timeout: 10_000 })
    .toMatch(/is unreadable: .* The lock that was read before stays in use\./);
  expect((await post(relay, 'signup', origin, { plan: 'pro' })).status).toBe(202);

  await write(path, lockOf('order_placed'));
  await expect.poll(said, { timeout: 10_000 }).toContain(`Read ${path} again: 1 events.`);
  expect((await post(relay, 'order_placed', origin, { plan: 'pro' })).status).toBe(202);
  await expect
    .poll(() => arrived(hubspot))
    .toEqual(['pe77_signup', 'pe77_signup', 'pe77_order_placed']);
  expect(await (await post(relay, 'signup', origin)).json()).toMatchObject({
    rejected: [{ code: 'unknown_event' }],
  });
});

test('--forward sends to the account of the token', async () => {
  const real = await startFakeHubSpot();
  const { relay, inspector, said } = await startDev(['--forward'], {
    HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    HUBSPOT_HUB_ID: demoCredentials.hubId,
    HUBSPOT_BASE_URL: real.url,
  });
  expect(said()).toContain('HubSpot (REAL)');
  await post(relay, 'signup', 'http://localhost:3000', { plan: 'pro' });
  const [event] = await real.waitFor(1);
  expect(event).toMatchObject({ eventName: 'pe1234567_signup', utk: UTK });
  await expect
    .poll(async () => (await snapshotOf(inspector)).rows)
    .toMatchObject([{ state: 'delivered' }]);
  await real.close();
});

test.each<[string[], Record<string, string>, RegExp]>([
  [['--port', 'x'], {}, /^--port x is not a valid port/],
  [['--lock', 'missing.json'], {}, /^missing\.json is unreadable: ENOENT/],
  [['--origin', 'shop.test'], {}, /^--origin: "shop\.test" is not an origin/],
  [['--forward'], {}, /^HUBSPOT_ACCESS_TOKEN is not set/],
  [['--forward'], { HUBSPOT_ACCESS_TOKEN: 't' }, /^HUBSPOT_HUB_ID is not set/],
])('dev %j with %j is refused in a sentence', async (args, variables, message) => {
  const env = { ...childEnv, ...variables };
  const [code, said] = await new Promise<[unknown, string]>((resolve) => {
    execFile('node', [...main, 'dev', ...args], { env }, (error, stdout, stderr) =>
      resolve([error?.code, stdout + stderr]),
    );
  });
  expect(said).toMatch(message);
  expect(code).toBe(1);
});
