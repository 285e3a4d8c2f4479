import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  COMMAND_SETTINGS,
  NODE_SETTINGS,
  RELAY_SETTINGS,
} from '../packages/relay/src/config/settings.ts';

const ROOT = join(import.meta.dirname, '..');

const SETTINGS = { ...RELAY_SETTINGS, ...NODE_SETTINGS };

test('docs/configuration.md names every setting, and no other, and which may come from a file', () => {
  const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)`( †)? \|/gm)];
  const documented = rows.map(([, name, dagger]) => [name, dagger ? 'secret' : 'plain']);
  expect(documented.toSorted()).toEqual(Object.entries(SETTINGS).toSorted());
});

test('every setting is read', () => {
  const sources = globSync('packages/{relay,cli}/src/**/*.ts', {
    cwd: ROOT,
    exclude: ['**/*.test.ts', '**/settings.ts'],
  }).map((file) => readFileSync(join(ROOT, file), 'utf8'));
  const unread = Object.keys({ ...SETTINGS, ...COMMAND_SETTINGS }).filter(
    (name) => !sources.some((text) => text.includes(`'${name}'`)),
  );
  expect(unread).toEqual([]);
});
