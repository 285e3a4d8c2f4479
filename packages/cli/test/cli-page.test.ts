import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
const main = readFileSync(new URL('../src/main.ts', import.meta.url), 'utf8');

test('the page names every command and its subcommands', () => {
  const commands = [...main.matchAll(/^ {2}(\w+): \(\) => import/gm)].map(([, name]) => name);
  expect(commands.length).toBeGreaterThan(10);
  for (const name of commands) expect(page).toMatch(new RegExp(`^\\| .*\`${name}\\b`, 'm'));
  for (const group of ['dead', 'pending', 'key']) {
    const line = page.split('\n').find((text) => text.startsWith(`| \`${group} `)) ?? '';
    const folder = new URL(`../src/commands/${group}/`, import.meta.url);
    for (const file of readdirSync(folder)) expect(line).toContain(file.replace('.ts', ''));
  }
});
