import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { beforeAll, describe, expect, test } from 'vitest';
import { FLOORS, FORBIDDEN, OPTIONS } from './dependency-rules.ts';
import { ROOT } from './run-step.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Import {
  readonly from: string;
  readonly to: string;
}

let imports: Import[];
let broken: string[];
beforeAll(async () => {
  process.chdir(ROOT);
  const { output } = await cruise(['packages/*/src'], {
    ...OPTIONS,
    validate: true,
    ruleSet: { forbidden: FORBIDDEN },
  });
  if (typeof output === 'string') return expect.unreachable('expected data');
  imports = output.modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }) => ({ from: source, to: resolved })),
  );
  const reasonOf = (name: string) => FORBIDDEN.find((rule) => rule.name === name)?.comment;
  broken = output.summary.violations.map(
    ({ rule, from, to }) => `${rule.name}: ${from} → ${to}. ${reasonOf(rule.name)}`,
  );
});

test('no file imports what it may not know', () => {
  expect(broken).toEqual([]);
  // The rules say nothing of a file that the tool could not read.
  expect(imports.length).toBeGreaterThan(1_000);
  const rooms = FLOORS.flatMap(([names]) => names).map((name) =>
    join('packages/relay/src', name, '/'),
  );
  const relay = imports.filter(({ from }) => from.startsWith('packages/relay/src/'));
  expect(relay.length).toBeGreaterThan(500);
  expect(relay.filter(({ from }) => !rooms.some((room) => from.startsWith(room)))).toEqual([]);
});

describe('docs/architecture.md', () => {
  const page = read('docs/architecture.md');

  test('draws the packages as they import each other', () => {
    const [, picture = ''] = /```mermaid\n(flowchart TD[\s\S]*?)```/.exec(page) ?? [];
    const drawn = [...picture.matchAll(/^ {2}([\w-]+)(?:\[.*\])? --> ([\w-]+)/gm)].map(
      ([, from, to]) => `${from} → ${to}`,
    );
    const packageOf = (path: string) => /^packages\/([^/]+)/.exec(path)?.[1];
    const real = imports
      .map(({ from, to }) => [packageOf(from), packageOf(to)] as const)
      .filter(([from, to]) => to !== undefined && from !== to)
      .map(([from, to]) => `${from} → ${to}`);
    expect(drawn.toSorted()).toEqual([...new Set(real)].toSorted());
  });

  test('lists the rooms with the reasons of the rules', () => {
    const rows = FLOORS.map(([rooms, reason]) => {
      const names = rooms.map((room) => `\`${room || 'src/*.ts'}\``).join(', ');
      return `| ${names} | ${reason} |`;
    });
    const table = ['| module | what it is |', '|---|---|', ...rows].join('\n');
    expect(page).toContain(`<!-- rooms -->\n${table}\n<!-- /rooms -->`);
  });
});

test('every file that the path of an event names is there', () => {
  const chapters = read('docs/path-of-an-event.md').split(/^## /m).slice(1);
  const missing = chapters.flatMap((chapter) => {
    const [heading = ''] = chapter.split('\n');
    const folder = /`([^`]+)`/.exec(heading)?.[1];
    const named = [...chapter.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file]) => `${file}`);
    return named.filter((file) => !folder || !existsSync(join(ROOT, folder, file)));
  });
  expect(missing).toEqual([]);
});

test('every file that CONTRIBUTING.md names is there', () => {
  const named = [...read('CONTRIBUTING.md').matchAll(/`((?:packages|docs|scripts|e2e)[\w/.-]*)`/g)];
  expect(named.length).toBeGreaterThan(20);
  expect(
    named.map(([, path]) => `${path}`).filter((path) => !existsSync(join(ROOT, path))),
  ).toEqual([]);
});
