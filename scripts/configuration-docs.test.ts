import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** `env.text('PORT')` and the like, `pathFrom(env, 'EVENTS_PATH'`, and the table of credentials. */
const READ = /\benv(?:\s*\.\w+\(|,)\s*'([A-Z][A-Z_]+)'|^ {2}(HUBSPOT_[A-Z_]+):/gm;

test('docs/configuration.md names every variable that the relay reads, and no other', () => {
  const sources = globSync('packages/relay/src/**/*.ts', { cwd: ROOT, exclude: ['**/*.test.ts'] });
  const read = sources.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(READ)].map((match) => match[1] ?? match[2]),
  );
  const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const documented = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map((match) => match[1]);
  expect(documented.toSorted()).toEqual([...new Set(read)].toSorted());
});
