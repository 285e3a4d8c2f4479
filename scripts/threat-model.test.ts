import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

test('every test that the threat model names is there', () => {
  const text = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8');
  const named = [...text.matchAll(/`([\w/.-]+\.test\.ts)`/g)].map(([, path]) => `${path}`);
  expect(named.length).toBeGreaterThan(15);
  const missing = named.filter(
    (path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, 'packages/relay', path)),
  );
  expect(missing).toEqual([]);
});
