import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bundleImport, bundleScript, sizesOf, withoutJsCookie } from '../build.ts';

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the README names every option, with its default, and no other', () => {
  const options = ['core-options.ts', 'create-tracker.ts', 'page-properties.ts'].flatMap((file) => {
    const source =
      read(file)
        .split(/export interface \w+Options/)[1]
        ?.split('\n}\n')[0] ?? '';
    return [...source.matchAll(/((?:^ {2} ?[/*].*\n)*)^ {2}(\w+)\??:/gm)].map(
      ([, doc, name]) => [name, /@default (.*)/.exec(doc ?? '')?.[1]] as const,
    );
  });
  const rows = [...readme.matchAll(/^\| `(\w+)` \| (?:`([^`]*)`)?[^|]*\|/gm)].map(
    ([, name, value]) => [name, value?.replaceAll('\\|', '|')] as const,
  );
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(options));
});

const core = `import { createCoreTracker } from './core.js'; createCoreTracker({ endpoint: '/v1/events' }).track('signup');`;

test.each([
  ['size', () => bundleScript()],
  ['bare', () => bundleScript({ plugins: [withoutJsCookie] })],
  ['core', () => bundleImport(core)],
])('the README tells the %s', async (name, make) => {
  const { brotli } = sizesOf((await make()).code);
  expect(readme).toContain(`<!-- ${name} -->${(brotli / 1000).toFixed(1)} KB<!-- /${name} -->`);
});
