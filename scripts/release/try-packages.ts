/**
 * Installs the packed packages as users do and sends an event with them: `npm run packages`, or with some of `npm pnpm yarn`.
 * A bundle of the installed `@hubrelay/browser` runs in a real page, the installed `hubrelay relay` delivers to a fake HubSpot.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { demoCredentials, type ReceivedEvent, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { chromiumArgs } from '../../e2e/engines/chromium-args.ts';
import { howToInstall } from '../ensure-browsers.ts';
import { findBrowser } from '../find-browser.ts';
import { type PackedPackage, packAll } from './packed.ts';

const run = promisify(execFile);

export type PackageManager = 'npm' | 'pnpm' | 'yarn';

const UTK = '0123456789abcdef0123456789abcdef';

const INSTALL: Record<PackageManager, readonly [string, ...string[]]> = {
  npm: ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'],
  pnpm: ['npx', '--yes', 'pnpm@12.21.0', 'install', '--prefer-offline'],
  yarn: ['npx', '--yes', 'yarn@1.22.22', 'install', '--prefer-offline', '--non-interactive'],
};

/** Makes an empty project of these packages and nothing else. They take each other from the same tarballs. */
export async function install(
  manager: PackageManager,
  packages: readonly PackedPackage[],
  project: string,
): Promise<void> {
  await mkdir(project, { recursive: true });
  const tarballs = Object.fromEntries(
    packages.map(({ name, tarball }) => [name, `file:${tarball}`]),
  );
  const manifest = {
    name: 'empty-project',
    version: '1.0.0',
    private: true,
    type: 'module',
    dependencies: tarballs,
    ...(manager === 'yarn' && { resolutions: tarballs }),
  };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest, null, 2));
  const overrides = Object.entries(tarballs).map(([name, file]) => `  '${name}': '${file}'\n`);
  await writeFile(join(project, 'pnpm-workspace.yaml'), `overrides:\n${overrides.join('')}`);
  const [command, ...args] = INSTALL[manager];
  await run(command, args, { cwd: project, maxBuffer: 16 * 2 ** 20 });
}

/** Sends one event from a page of an installed project through its relay. Resolves to what HubSpot got. */
export async function sendFrom(project: string): Promise<ReceivedEvent> {
  await using cleanUp = new AsyncDisposableStack();
  const hubspot = await startFakeHubSpot();
  cleanUp.defer(() => hubspot.close());
  const page = { html: '' };
  const site = createServer((_, answer) =>
    answer.setHeader('content-type', 'text/html').end(page.html),
  );
  await once(site.listen(0, '127.0.0.1'), 'listening');
  cleanUp.defer(() => void site.close());
  const siteUrl = `http://localhost:${(site.address() as AddressInfo).port}`;

  const relay = spawn(join(project, 'node_modules/.bin/hubrelay'), ['relay'], {
    cwd: project,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      EVENTS: '*',
      ALLOWED_ORIGINS: siteUrl,
      HUBSPOT_BASE_URL: hubspot.url,
      HUBSPOT_HUB_ID: demoCredentials.hubId,
      HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUp.defer(() => stopped(relay));
  const relayUrl = await addressOf(relay);

  page.html = `<title>Empty project</title><script type="module">${await bundled(project, relayUrl)}</script>`;
  const found = findBrowser('chromium');
  if (!found) throw new Error(howToInstall('chromium'));
  const browser = await chromium.launch({
    executablePath: found.executablePath,
    args: [...chromiumArgs],
  });
  cleanUp.defer(() => browser.close());
  const context = await browser.newContext();
  await context.addCookies([{ name: 'hubspotutk', value: UTK, url: siteUrl, sameSite: 'Lax' }]);
  await (await context.newPage()).goto(siteUrl);
  const [event] = await hubspot.waitFor(1, { timeoutMs: 30_000 });
  if (!event) throw new Error('HubSpot got no event');
  return event;
}

/** A page's script, bundled from what is installed in the project. */
async function bundled(project: string, relayUrl: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createTracker } from '@hubrelay/browser';
        createTracker({ endpoint: '${relayUrl}/v1/events' }).track('signup', { plan: 'pro' });`,
      resolveDir: project,
    },
    bundle: true,
    format: 'esm',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** The address that a starting relay tells in its log. */
async function addressOf(relay: ChildProcess): Promise<string> {
  if (!relay.stdout) throw new Error('the relay has no output');
  for await (const line of createInterface({ input: relay.stdout })) {
    const [address] = /http:\/\/[\w.]+:\d+/.exec(line) ?? [];
    if (address) return address;
  }
  throw new Error(`The installed relay ended before it listened (exit code ${relay.exitCode}).`);
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

/** What works where only Node 20 is: the browser package, as an application's tests and its server load it. */
async function loadOnNode20(packages: readonly PackedPackage[], project: string): Promise<void> {
  const forPages = packages.filter(({ name }) => /\/(browser|protocol)$/.test(name));
  await install('npm', forPages, project);
  await run('npm', ['install', '--prefer-offline', '--no-save', 'node@20'], { cwd: project });
  const code = `
    const { createTracker } = await import('@hubrelay/browser');
    const required = (await import('node:module')).createRequire(process.cwd() + '/x.js')('@hubrelay/browser');
    const tracker = createTracker({ endpoint: '/v1/events' });
    console.log(process.version, await tracker.track('signup'), typeof required.createTracker);`;
  const node = join(project, 'node_modules/node/bin/node');
  const { stdout } = await run(node, ['--input-type=module', '-e', code], { cwd: project });
  if (!/^v20\.\S+ denied function$/m.test(stdout)) throw new Error(`On Node 20: ${stdout}`);
  console.log(`browser package: loads with ${stdout.split(' ')[0]}, by import and by require`);
}

async function main(managers: readonly PackageManager[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hubrelay-packages-'));
  try {
    const packages = await packAll(folder);
    for (const manager of managers) {
      const project = join(folder, manager);
      await install(manager, packages, project);
      const { eventName, uuid } = await sendFrom(project);
      console.log(`${manager}: installed, and ${eventName} ${uuid} arrived at HubSpot`);
    }
    await loadOnNode20(packages, join(folder, 'node-20'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const named = process.argv.slice(2);
  const all: PackageManager[] = ['npm', 'pnpm', 'yarn'];
  await main(named.length > 0 ? all.filter((manager) => named.includes(manager)) : all);
}
