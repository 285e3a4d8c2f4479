import { globSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** What the relay's core may import besides its own files: it has to run wherever `Request` and `Response` exist. */
const HOST_FOLDERS = /src\/(hosts|outbox\/(sqlite|postgres))[/.]/;

interface Import {
  readonly file: string;
  readonly specifier: string;
}

describe.each(readdirSync(join(ROOT, 'packages')))('packages/%s', (name) => {
  const folder = join(ROOT, 'packages', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const imports = sourcesOf(folder).flatMap(importsOf);

  test('declares every package it imports', () => {
    const declared = new Set([
      manifest.name,
      ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    ]);
    const undeclared = packageImports(imports).filter(
      ({ specifier }) => !declared.has(packageOf(specifier)),
    );
    expect(undeclared).toEqual([]);
  });

  test('imports every package it declares', () => {
    const imported = new Set(imports.map(({ specifier }) => packageOf(specifier)));
    const unused = Object.keys(manifest.dependencies ?? {}).filter(
      (dependency) => !imported.has(dependency),
    );
    expect(unused).toEqual([]);
  });
});

test('the relay’s core imports no host and nothing of one platform', () => {
  const core = sourcesOf(join(ROOT, 'packages/relay')).filter((file) => !HOST_FOLDERS.test(file));
  const wrong = core
    .flatMap(importsOf)
    .filter(
      ({ specifier }) =>
        isBuiltin(specifier) || HOST_FOLDERS.test(`src/${specifier.replace(/^(\.\.?\/)+/, '')}`),
    );
  expect(wrong).toEqual([]);
});

function sourcesOf(folder: string): string[] {
  return globSync('src/**/*.{ts,tsx}', { cwd: folder })
    .filter((file) => !/\.test(-d)?\.tsx?$/.test(file))
    .map((file) => join(relative(ROOT, folder), file));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|import\(?\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => ({ file, specifier: match[1] ?? match[2] ?? '' }));
}

/** Without those of Node, of the package's own files, and of the private names (`#…`) that its manifest maps to such. */
function packageImports(imports: readonly Import[]): Import[] {
  return imports.filter(({ specifier }) => !/^[.#]/.test(specifier) && !isBuiltin(specifier));
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
