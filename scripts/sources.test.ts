import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

test('docs/sources.md names files that are there, and has a source in every row', () => {
  const page = readFileSync(join(ROOT, 'docs/sources.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (?!---|what we say)(.+) \| (.+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter(([, , source = '']) => source.trim().length < 5)).toEqual([]);
  const named = [...page.matchAll(/`((?:e2e|packages)\/[\w./-]+)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});
