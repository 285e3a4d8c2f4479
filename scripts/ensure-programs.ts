// Finds the programs that some tests run, and installs those that are missing (as root on Debian or Ubuntu):
//   node scripts/ensure-programs.ts
import { spawnSync } from 'node:child_process';
import { debianPackages, findProgram, type ProgramName } from './find-program.ts';

const APT_TIMEOUT_MS = 600_000;
const names = Object.keys(debianPackages) as ProgramName[];

const missing = names.filter((name) => findProgram(name) === undefined);
if (missing.length > 0) apt(missing.map((name) => debianPackages[name]));

const stillMissing = names.filter((name) => findProgram(name) === undefined);
for (const name of names) console.log(`${name.padEnd(12)}${findProgram(name) ?? 'missing'}`);
if (stillMissing.length > 0) {
  const packages = stillMissing.map((name) => debianPackages[name]).join(' ');
  console.error(`Some tests cannot run. On Debian or Ubuntu: apt-get install ${packages}`);
  process.exit(1);
}

function apt(packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return;
  const run = (args: readonly string[]) =>
    spawnSync('apt-get', args, {
      timeout: APT_TIMEOUT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      // stdout is for the result: what the installer says goes to stderr.
      stdio: ['ignore', 2, 2],
    });
  run(['update', '-qq']);
  run(['install', '-y', '-qq', '--no-install-recommends', ...packages]);
}
