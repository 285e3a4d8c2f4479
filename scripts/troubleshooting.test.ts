import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './run-step.ts';

const page = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');

test('every refusal of the relay is on the page of troubleshooting', () => {
  const source = readFileSync(join(ROOT, 'packages/relay/src/http/problem.ts'), 'utf8');
  const codes = [...source.matchAll(/^ {2}([a-z_]+): \[\d{3},/gm)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(15);
  for (const code of codes) expect(page).toContain(`<a id="${code}"></a>\`${code}\``);
});

test('every warning of the script is on it', () => {
  const files = globSync('packages/browser/src/**/*.ts', { cwd: ROOT });
  const warnings = files.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\bwarn\(\s*['`]([^'`]+)/g)].map(
      ([, text = '']) =>
        text.replace(/\$\{[^}]*\}.*$/, '').trim() || text.replace(/^\$\{[^}]*\}/, '').trim(),
    ),
  );
  expect(new Set(warnings).size).toBeGreaterThan(5);
  const table = page.slice(page.indexOf('## Console'), page.indexOf('## What the relay'));
  for (const warning of warnings) expect(table).toContain(warning);
});

test('every anchor that is linked is a heading', () => {
  const anchors = (text: string) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
  const here = anchors(page);
  const own = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
  const others = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md'], { cwd: ROOT }).flatMap(
    (file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/troubleshooting\.md#([^)\s]+)/g)].map(
        ([, anchor]) => anchor,
      ),
  );
  expect(own.length).toBeGreaterThan(3);
  for (const anchor of [...own, ...others]) expect(here).toContain(anchor);
});
