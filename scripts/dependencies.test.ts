import { join } from 'node:path';
import { cruise, type IReporterOutput } from 'dependency-cruiser';
import { expect, test } from 'vitest';
import { FLOORS, FORBIDDEN, OPTIONS } from './dependency-rules.ts';

const ROOT = join(import.meta.dirname, '..');

/** How many modules were read, and each broken rule with its reason. */
async function findings() {
  process.chdir(ROOT);
  const result: IReporterOutput = await cruise(['packages/*/src'], {
    ...OPTIONS,
    validate: true,
    ruleSet: { forbidden: FORBIDDEN },
  });
  if (typeof result.output === 'string') return expect.unreachable('expected data');
  const { summary } = result.output;
  const reasonOf = (name: string) => FORBIDDEN.find((rule) => rule.name === name)?.comment;
  const broken = summary.violations.map(
    ({ rule, from, to }) => `${rule.name}: ${from} → ${to}. ${reasonOf(rule.name)}`,
  );
  return { read: summary.totalCruised, broken, modules: result.output.modules };
}

test('no file imports what it may not know', async () => {
  const { read, broken, modules } = await findings();
  expect(broken).toEqual([]);
  // The rules say nothing of a file that the tool could not read.
  expect(read).toBeGreaterThan(350);
  const rooms = FLOORS.flatMap(([names]) => names);
  const relay = modules
    .map(({ source }) => source)
    .filter((path) => path.startsWith('packages/relay/src/'));
  const roomless = relay.filter(
    (path) => !rooms.some((room) => path.startsWith(join('packages/relay/src', room, '/'))),
  );
  expect(roomless).toEqual([]);
  const imports = modules.flatMap(({ dependencies }) => dependencies);
  expect(imports.length).toBeGreaterThan(1_000);
});
