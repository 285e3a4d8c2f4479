import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleScript, sizesOf } from '../packages/browser/build.ts';
import { allScenarios, comparison, withComparison } from './comparison.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'packages/*/*.md'], {
  cwd: ROOT,
  exclude: ['**/node_modules/**'],
});

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

test.each(PAGES)('%s links to nothing that is not there', (page) => {
  const targets = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
    ([, target]) => target ?? '',
  );
  const missing = targets.filter((target) => !existsSync(join(ROOT, dirname(page), target)));
  expect(missing).toEqual([]);
});

test('the README is at most 150 lines and tells the size of the script', async () => {
  const readme = read('README.md');
  expect(readme.split('\n').length).toBeLessThanOrEqual(150);
  const { brotli } = sizesOf((await bundleScript()).code);
  expect(readme).toContain(`<!-- size -->${(brotli / 1000).toFixed(1)} KB<!-- /size -->`);
});

test('the README compares as the kept runs of the benches say', async () => {
  const readme = read('README.md');
  expect(readme).toBe(withComparison(readme, await comparison()));
  expect(readme).toContain('| PostHog |');
});

test('docs/comparison.md has every library and scenario of the kept run', () => {
  const page = read('docs/comparison.md');
  expect(page).toBe(withComparison(page, allScenarios()));
  expect(page).toContain('| mixpanel ');
});
