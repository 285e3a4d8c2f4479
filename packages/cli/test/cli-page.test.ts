import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hubrelay } from '../src/hubrelay.ts';

const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

test('the page names every command and its subcommands', () => {
  const commands = Object.keys(hubrelay.subCommands);
  expect(commands.length).toBeGreaterThan(10);
  for (const name of commands) expect(page).toMatch(new RegExp(`^\\| .*\`${name}\\b`, 'm'));
  for (const group of ['dead', 'pending', 'key']) {
    const line = page.split('\n').find((text) => text.startsWith(`| \`${group} `)) ?? '';
    const folder = new URL(`../src/commands/${group}/`, import.meta.url);
    for (const file of readdirSync(folder)) expect(line).toContain(file.replace('.ts', ''));
  }
});

test('the page has the shape of every JSON document', () => {
  const folder = new URL('../src/commands/', import.meta.url);
  const files = readdirSync(folder, { recursive: true }).map(String);
  const withJson = files
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => readFileSync(new URL(file, folder), 'utf8').includes('json: '))
    .map((file) => file.replace('.ts', '').replaceAll(/[/\\]/g, ' '));
  expect(withJson.length).toBeGreaterThan(15);
  const [, shapes = ''] = page.split('## JSON');
  for (const name of withJson) expect(shapes).toMatch(new RegExp(`^\\| .*\`${name}\``, 'm'));
});
