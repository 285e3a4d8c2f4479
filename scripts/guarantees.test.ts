import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const page = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');
const cited = [...page.matchAll(/^ +- `([^`]+)`: "([^"]+)"$/gm)].map(([, file, title]) => ({
  file,
  title,
}));

test('every guarantee cites a test', () => {
  const guarantees =
    page
      .split(/^## /m)[0]
      ?.split(/^\d\. /m)
      .slice(1) ?? [];
  expect(guarantees).toHaveLength(8);
  expect(guarantees.filter((text) => !/^ +- `/m.test(text))).toEqual([]);
});

test.each(cited)('$file still has the test "$title"', ({ file = '', title = '' }) => {
  expect(readFileSync(join(ROOT, file), 'utf8')).toContain(`'${title}'`);
});
