import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  COMMAND_SETTINGS,
  NODE_SETTINGS,
  RELAY_SETTINGS,
} from '../packages/relay/src/config/settings.ts';
import { InvalidOptionsError } from '../packages/relay/src/core/invalid-options-error.ts';
import { nodeSettingsFromEnv } from '../packages/relay/src/hosts/node/node-from-env.ts';

const ROOT = join(import.meta.dirname, '..');

const SETTINGS = { ...RELAY_SETTINGS, ...NODE_SETTINGS };

test('docs/configuration.md names every setting, and no other, and which may come from a file', () => {
  const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)`( †)? \|/gm)];
  const documented = rows.map(([, name, dagger]) => [name, dagger ? 'secret' : 'plain']);
  expect(documented.toSorted()).toEqual(Object.entries(SETTINGS).toSorted());
});

test('docs/configuration.md tells between which bounds a number may be', () => {
  const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const names = Object.keys(NODE_SETTINGS).concat(Object.keys(RELAY_SETTINGS));
  const tooMuch = Object.fromEntries(names.map((name) => [name, '9'.repeat(17)]));
  const problems = problemsOf(tooMuch).concat(problemsOf({ RATE_LIMIT_PER_VISITOR: '99' }));
  const bounds = problems.flatMap((problem) => {
    const [, name = '', rest = ''] =
      /^([A-Z_]+) is "?\d+"?:.* (from \d+ to \d+|up to \d+)/.exec(problem) ?? [];
    return (rest.match(/\d+/g) ?? []).map((bound) => [name, bound] as const);
  });
  expect(bounds.length).toBeGreaterThan(15);
  const row = (name: string) => page.split('\n').find((line) => line.startsWith(`| \`${name}\``));
  const isTold = ([name, bound]: readonly [string, string]) =>
    name.endsWith('PORT') ||
    Number(bound) <= 1 ||
    new RegExp(`\\b${bound}\\b`).test(`${row(name)}`);
  expect(bounds.filter((bound) => !isTold(bound))).toEqual([]);
});

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    nodeSettingsFromEnv(variables);
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems;
    throw error;
  }
  return [];
}

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
