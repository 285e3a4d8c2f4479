import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { defaultSwitches } from './index.ts';

test('the README lists every switch with its default', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const table = readme.slice(readme.indexOf('## Switches'));
  const rows = [...table.matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(([, name, value]) => [
    name,
    value,
  ]);
  const shown = Object.entries(defaultSwitches).map(([name, value]) => [
    name,
    typeof value === 'string' ? `'${value}'` : String(value),
  ]);
  expect(rows).toEqual(shown);
});
