import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { childEnv } from '../../../scripts/child-env.ts';
import { findProgram } from '../../../scripts/find-program.ts';
import { type RunningRelay, startRelay } from './support/run-command.ts';

// There is no Docker in the tests. They run what stands in examples/container: its commands, its Caddyfile, its Prometheus.

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'examples/container');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
/** The image's user. */
const NONROOT = 65532;
const ORIGIN = 'https://shop.example.com';

let hubspot: RunningFakeHubSpot;
let folder: string;
let variables: Record<string, string>;

beforeAll(async () => {
  hubspot = await startFakeHubSpot();
  folder = mkdtempSync(join(tmpdir(), 'hubrelay-container-'));
  if (process.getuid?.() === 0) chownSync(folder, NONROOT, NONROOT);
  variables = {
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    HUBSPOT_HUB_ID: demoCredentials.hubId,
    ALLOWED_ORIGINS: ORIGIN,
    EVENTS: '*',
  };
});

afterAll(async () => {
  await hubspot?.close();
  rmSync(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** A JSON array of the Dockerfile. */
function instruction(name: string): string[] {
  const [, json] = new RegExp(`^${name}[^\\[\\n]*(\\[.*\\])$`, 'm').exec(read('Dockerfile')) ?? [];
  return JSON.parse(json ?? 'null');
}

test('the container’s commands run as its user, who can write nowhere but to the data', async () => {
  const port = await freePort();
  const [script = '', ...args] = instruction('CMD');
  const main = join(ROOT, 'packages/cli', script.replace('node_modules/hubrelay/', ''));
  expect(existsSync(main), 'the build').toBe(true);
  const asUser = process.getuid?.() === 0 ? { uid: NONROOT, gid: NONROOT } : {};
  const [, options] = /^ENV NODE_OPTIONS="([^"]+)"/m.exec(read('Dockerfile')) ?? [];
  const relay = spawn(process.execPath, [...(options ?? '').split(' '), main, ...args], {
    cwd: ROOT,
    env: { ...childEnv, ...variables, PORT: `${port}`, OUTBOX_PATH: join(folder, 'outbox.db') },
    stdio: ['ignore', 'inherit', 'inherit'],
    ...asUser,
  });
  onTestFinished(async () => {
    relay.kill('SIGTERM');
    await once(relay, 'exit');
  });
  const [, ...check] = instruction('HEALTHCHECK[^\\n]*CMD');
  const health = check.map((arg) => arg.replace('127.0.0.1:8787', `127.0.0.1:${port}`));
  const isHealthy = () =>
    promisify(execFile)(process.execPath, health).then(
      () => true,
      () => false,
    );
  await expect.poll(isHealthy, { timeout: 60_000 }).toBe(true);
  expect((await post(`http://127.0.0.1:${port}`)).status).toBe(202);
  await hubspot.waitFor(1);
  expect(existsSync(join(folder, 'outbox.db'))).toBe(true);
});

function post(url: string) {
  const event = {
    uuid: crypto.randomUUID(),
    eventName: 'signup',
    properties: {},
    occurredAt: Date.now(),
  };
  return fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { origin: ORIGIN },
    body: JSON.stringify({ sentAt: Date.now(), utk: 'f'.repeat(32), events: [event] }),
  });
}

test('Caddy passes on what pages need, and nothing else', async () => {
  const relay: RunningRelay = await startRelay({
    ...variables,
    DELIVERY: 'direct',
    TRUSTED_PROXIES: '1',
  });
  onTestFinished(() => relay.stop());
  const name = `http://127.0.0.1:${await freePort()}`;
  const caddy = spawn(
    findProgram('caddy') ?? 'caddy',
    ['run', '--adapter', 'caddyfile', '--config', join(FOLDER, 'Caddyfile')],
    {
      env: {
        ...childEnv,
        HOME: folder,
        XDG_DATA_HOME: folder,
        RELAY_NAME: name,
        RELAY_UPSTREAM: new URL(relay.url).host,
      },
      stdio: 'ignore',
    },
  );
  onTestFinished(async () => {
    caddy.kill('SIGKILL');
    await once(caddy, 'exit');
  });
  const alive = () =>
    fetch(`${name}/livez`).then(
      (answer) => answer.text(),
      () => '',
    );
  await expect.poll(alive, { timeout: 60_000 }).toBe('ok');
  expect((await post(name)).status).toBe(204);
  expect((await fetch(`${name}/hubrelay.js`)).headers.get('content-type')).toContain('javascript');
  for (const path of ['/admin/v1/stats', '/metrics', '/events/v3/send', '/'])
    expect((await fetch(name + path)).status).toBe(404);
});

test('Prometheus takes its configuration, with the project’s alert rules', async () => {
  copyFileSync(join(FOLDER, 'prometheus.yml'), join(folder, 'prometheus.yml'));
  copyFileSync(join(ROOT, 'docs/operations/alerts.yml'), join(folder, 'alerts.yml'));
  const promtool = findProgram('promtool') ?? 'promtool';
  const { stdout } = await promisify(execFile)(promtool, [
    'check',
    'config',
    join(folder, 'prometheus.yml'),
  ]);
  expect(stdout).toMatch(/is valid/);
  expect(stdout).toMatch(/rules found/);
});

test('each service of the compose files has what it mounts and names', () => {
  const variablesOfExample = read('.env.example').match(/^\w+/gm) ?? [];
  for (const name of ['compose.yaml', 'compose.sqlite.yaml']) {
    const text = read(name);
    const { services, volumes } = parse(text);
    for (const service of Object.values<{ volumes?: string[]; depends_on?: object }>(services)) {
      for (const mount of service.volumes ?? []) {
        const [from = ''] = mount.split(':');
        if (from.startsWith('.')) expect(existsSync(join(FOLDER, from)), from).toBe(true);
        else expect(volumes).toHaveProperty(from);
      }
      for (const other of Object.keys(service.depends_on ?? {}))
        expect(services).toHaveProperty(other);
    }
    for (const [, variable] of text.matchAll(/\$\{(\w+)/g))
      expect(variablesOfExample).toContain(variable);
    expect(services.relay).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  }
});
