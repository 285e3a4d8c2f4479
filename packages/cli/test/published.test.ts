import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PackedPackage, packAll } from '../../../scripts/release/packed.ts';
import { install, sendFrom } from '../../../scripts/release/try-packages.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');

let folder: string;
let packages: PackedPackage[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-published-'));
  packages = await packAll(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const named = (name: string) => {
  const found = packages.find((packed) => packed.name === name);
  return found ?? expect.unreachable(`${name} was not packed`);
};

test('every tarball has its licence and its README, and nothing of the build or of the tests', () => {
  expect(packages.map(({ name }) => name).toSorted()).toEqual([
    '@hubrelay/browser',
    '@hubrelay/fake-hubspot',
    '@hubrelay/protocol',
    '@hubrelay/relay',
    'hubrelay',
  ]);
  for (const { name, files } of packages) {
    expect(files, name).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    const needless = files.filter((file) => /\.tsbuildinfo$|\.test\.|^test\//.test(file));
    expect(needless, name).toEqual([]);
  }
});

test('no README points out of its package, where npm shows nothing', () => {
  const relative = packages.flatMap(({ name, files, readme }) =>
    [...readme.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .filter(([, target]) => !files.includes(`${target}`))
      .map(([, target]) => `${name}: ${target}`),
  );
  expect(relative).toEqual([]);
});

test('js-cookie’s notice goes where its code goes', async () => {
  const { files } = named('@hubrelay/browser');
  expect(files).toContain('THIRD-PARTY-NOTICES');
  const notices = await readFile(join(ROOT, 'packages/browser/THIRD-PARTY-NOTICES'), 'utf8');
  const licence = await readFile(join(ROOT, 'node_modules/js-cookie/LICENSE'), 'utf8');
  const { version } = JSON.parse(
    await readFile(join(ROOT, 'node_modules/js-cookie/package.json'), 'utf8'),
  );
  expect(notices).toContain(licence.trim());
  expect(notices).toContain(`js-cookie ${version} `);
  for (const file of notices.match(/dist\/[\w/.-]+\.js/g) ?? []) expect(files).toContain(file);
});

test('every package has the licence of the project', async () => {
  const licence = await readFile(join(ROOT, 'LICENSE'), 'utf8');
  for (const folder of ['browser', 'cli', 'fake-hubspot', 'protocol', 'relay']) {
    expect(await readFile(join(ROOT, 'packages', folder, 'LICENSE'), 'utf8')).toBe(licence);
  }
});

describe('installed into an empty project', () => {
  let project: string;
  beforeAll(async () => {
    project = join(folder, 'npm');
    await install('npm', packages, project);
  });

  test('a page and a relay made of the packages bring an event to HubSpot', async () => {
    const event = await sendFrom(project);
    expect(event).toMatchObject({ eventName: 'pe1234567_signup', properties: { plan: 'pro' } });
  });

  test('the TypeScript in the READMEs compiles', async () => {
    const samples = packages.flatMap(({ name, readme }) =>
      [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code], index) => ({
        file: join(project, `${name.replace(/\W+/g, '-')}-${index}.ts`),
        code: `${code}\nexport {};\n`,
      })),
    );
    expect(samples.length).toBeGreaterThanOrEqual(4);
    // What a reader has of his own in the samples.
    const own = `declare const createYourClient: (options: object) => {
      send(name: string, properties: object): Promise<void>;
    };
    declare const expect: (value: unknown) => { toHaveLength(length: number): void };
    declare const body: string;`;
    await writeFile(join(project, 'own.d.ts'), own);
    for (const { file, code } of samples) await writeFile(file, code);
    const flags =
      '--noEmit --strict --skipLibCheck --module nodenext --target esnext --lib esnext,dom --types node';
    const typeRoots = ['--typeRoots', join(ROOT, 'node_modules/@types')];
    const files = ['own.d.ts', ...samples.map(({ file }) => file)];
    const { stdout } = await run(
      join(ROOT, 'node_modules/.bin/tsc'),
      [...flags.split(' '), ...typeRoots, ...files],
      { cwd: project },
    ).catch((error) => error);
    expect(stdout).toBe('');
  });
});
