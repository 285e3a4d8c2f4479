import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './run-step.ts';
import { pagesWithTables, RUNTIMES, runtimeTable } from './runtimes.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

test('README.md and docs/guarantees.md have the tables of scripts/runtimes.ts', () => {
  for (const { page, text } of pagesWithTables()) expect(read(page)).toBe(text);
});

describe('the table of runtimes', () => {
  const suites = RUNTIMES.flatMap(({ suite }) => (suite ? [suite] : []));

  test.each(suites)('says "run in tests" of a suite that is there: $file, $texts', (suite) => {
    const source = read(suite.file);
    expect(suite.texts.filter((text) => !source.includes(text))).toEqual([]);
    expect(source).not.toMatch(/\.(skip|todo|only)\b/);
  });

  test('has every runtime that passes the host contract', () => {
    const files = globSync('packages/relay/test/hosts/*.test.ts', { cwd: ROOT });
    const passing = files.flatMap((file) => read(file).match(/testHost\((['`]).*?\1/g) ?? []);
    expect(passing.length).toBeGreaterThan(6);
    const named = suites.flatMap(({ texts }) => texts);
    expect(passing.filter((text) => !named.includes(text))).toEqual([]);
  });

  test('says of what no suite runs that it is not run', () => {
    expect(runtimeTable()).toContain(
      'Railway](docs/deploy/container.md) | SQLite, Postgres | not run',
    );
  });
});
