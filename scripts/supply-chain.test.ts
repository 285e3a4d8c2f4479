import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

describe('the lockfile', () => {
  const packages = Object.entries<LockedPackage>(json('package-lock.json').packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && !link,
  );

  test('pins every package by the hash of its content', () => {
    expect(packages.length).toBeGreaterThan(100);
    const loose = packages.filter(([, { integrity }]) => !/^sha512-\S{88}$/.test(integrity ?? ''));
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  test('takes nothing from anywhere but the registry', () => {
    const strange = packages.filter(
      ([, { version = '', resolved }]) =>
        !/^\d+\.\d+\.\d+[\w.+-]*$/.test(version) ||
        (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
    );
    expect(strange.map(([path]) => path)).toEqual([]);
  });

  test('passes lockfile-lint', async () => {
    const args = ['--path', 'package-lock.json', '--type', 'npm', '--validate-integrity'];
    const bin = join(ROOT, 'node_modules/lockfile-lint/bin/lockfile-lint.js');
    const { stdout } = await promisify(execFile)(process.execPath, [bin, ...args], { cwd: ROOT });
    expect(stdout).toContain('No issues detected');
  });
});

test('every dependency is one exact version', () => {
  const folders = ['.', ...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`)];
  const loose = folders.flatMap((folder) => {
    const { dependencies = {}, devDependencies = {} } = json(`${folder}/package.json`);
    return Object.entries<string>({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !/^\d+\.\d+\.\d+[\w.-]*$/.test(version))
      .map(([name, version]) => `${folder}: ${name}@${version}`);
  });
  expect(loose).toEqual([]);
});

test('what the relay and the commands are made of runs on every Node that they are promised for', () => {
  const promised = json('packages/cli/package.json').engines.node;
  expect(json('packages/relay/package.json').engines.node).toBe(promised);
  const lowest = numbersOf(promised);
  const refusing = Object.entries<LockedEngines>(json('package-lock.json').packages)
    .filter(([path, { dev }]) => path.startsWith('node_modules/') && !dev)
    .map(([path, { engines }]) => `${path} wants ${engines?.node ?? '*'}`)
    .filter((wish) => !wish.split('||').some((range) => takes(range, lowest)));
  expect(refusing).toEqual([]);
});

interface LockedEngines {
  readonly dev?: boolean;
  readonly engines?: { readonly node?: string };
}

/** Enough of ranges for what packages say of Node: `>=18`, `^20.11.0`, `*`. */
function takes(range: string, version: readonly number[]): boolean {
  const wish = range.replace(/^.* wants/, '');
  const lowest = numbersOf(wish);
  const isAbove = compare(version, lowest) >= 0;
  return wish.includes('^') ? isAbove && version[0] === lowest[0] : isAbove;
}

const numbersOf = (range: string) => range.match(/\d+/g)?.map(Number) ?? [0];

function compare(one: readonly number[], other: readonly number[]): number {
  const [difference] = [0, 1, 2].map((at) => (one[at] ?? 0) - (other[at] ?? 0)).filter(Boolean);
  return difference ?? 0;
}

test('the bill of materials names what is published, all of it and nothing else', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/sbom.ts'], {
    cwd: ROOT,
    maxBuffer: 64 * 2 ** 20,
  });
  const { components, metadata } = JSON.parse(stdout);
  const named: string[] = components.map(({ purl }: { purl: string }) =>
    decodeURIComponent(purl.replace('pkg:npm/', '')),
  );
  const needed = readdirSync(join(ROOT, 'packages')).flatMap((folder) => {
    const { name, version, dependencies = {} } = json(`packages/${folder}/package.json`);
    return Object.entries({ [name]: version, ...dependencies }).map(([it, at]) => `${it}@${at}`);
  });
  // Its code is copied into the browser package, where no dependency tells of it.
  needed.push(`js-cookie@${json('packages/browser/package.json').devDependencies['js-cookie']}`);
  expect(named).toEqual(expect.arrayContaining(needed));
  const tools = Object.entries(json('package.json').devDependencies);
  expect(tools.filter(([name, version]) => named.includes(`${name}@${version}`))).toEqual([]);
  expect(metadata.component.name).toBe('hubrelay-workspace');
});

test('the release publishes by the script that can be run again, after the tests', () => {
  const text = readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8');
  const steps = [...text.matchAll(/- run: (.+)$/gm)].map(([, step]) => step);
  expect(steps).toEqual([
    'node scripts/release/publish.ts "$GITHUB_REF_NAME" --check',
    '.ci/run',
    'npm run --silent sbom > sbom.cdx.json',
    'node scripts/release/publish.ts "$GITHUB_REF_NAME"',
  ]);
});

test('CI runs no action that can change under its name, and no job may write unless it says so', () => {
  const folder = join(ROOT, '.github/workflows');
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8');
    const uses = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) => action);
    const loose = uses.filter(
      (action) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(`${action}`),
    );
    expect({ file, loose }).toEqual({ file, loose: [] });
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
  }
});
