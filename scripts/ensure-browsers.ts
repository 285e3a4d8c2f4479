// Finds the browsers that the e2e tests drive, and installs those that are missing:
//   node scripts/ensure-browsers.ts [chromium] [firefox] [webkit]
import { spawnSync } from 'node:child_process';
import { type BrowserName, browserNames, type FoundBrowser, findBrowser } from './find-browser.ts';

const downloadTimeoutMs = 180_000;
const aptTimeoutMs = 600_000;

const debianPackages: Record<BrowserName, readonly string[]> = {
  chromium: ['chromium'],
  firefox: ['firefox-esr'],
  webkit: ['webkit2gtk-driver', 'xvfb'],
};

/**
 * Gives the browser of this name: what the machine has, else Playwright's download, else (root on Debian or Ubuntu)
 * the distribution's package.
 *
 * @throws Error that says what to install, when there is no way left.
 */
export function ensureBrowser(name: BrowserName): FoundBrowser {
  for (const getIt of [() => {}, download, apt]) {
    getIt(name);
    const found = findBrowser(name);
    if (found) return found;
  }
  throw new Error(howToInstall(name));
}

/** What a person has to type to get this browser. */
export function howToInstall(name: BrowserName): string {
  const hint = name === 'chromium' ? ', or set CHROMIUM_PATH to a Chromium or Chrome' : '';
  return `No ${name} found. Run "npx playwright install ${name}"; on Debian or Ubuntu, "apt-get install ${debianPackages[name].join(' ')}"${hint}.`;
}

function download(name: BrowserName): void {
  // Without a network this fails within seconds: the name of the download host does not resolve.
  run('npx', ['--no-install', 'playwright', 'install', name], downloadTimeoutMs);
}

function apt(name: BrowserName): void {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return;
  run('apt-get', ['update', '-qq'], aptTimeoutMs);
  const flags = ['install', '-y', '-qq', '--no-install-recommends'];
  run('apt-get', [...flags, ...debianPackages[name]], aptTimeoutMs);
}

function run(command: string, args: readonly string[], timeout: number): void {
  console.error(`$ ${command} ${args.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // stdout is for the result: what the installers say goes to stderr.
  spawnSync(command, args, { timeout, env, stdio: ['ignore', 2, 2] });
}

if (import.meta.main) {
  const wanted = browserNames.filter((name) => process.argv.slice(2).includes(name));
  for (const name of wanted.length ? wanted : browserNames) {
    const { kind, executablePath } = ensureBrowser(name);
    console.log(`${name.padEnd(9)}${kind.padEnd(12)}${executablePath}`);
  }
}
