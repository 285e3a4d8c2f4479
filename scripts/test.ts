/**
 * Every test of the repository, in the order of cost. A failing step does not hide the ones after it, except that
 * nothing is run against a build that failed. The last line counts single tests: `N passed, N failed`.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, runStep } from './run-step.ts';

interface Counts {
  passed: number;
  failed: number;
}

const results = join(ROOT, 'test-results');
await rm(results, { recursive: true, force: true });
await mkdir(results, { recursive: true });

const counts: Counts = { passed: 0, failed: 0 };
const startedAt = performance.now();

await step('browsers', ['node', 'scripts/ensure-browsers.ts']);
await step('programs', ['node', 'scripts/ensure-programs.ts']);
const built = await step('build', ['node', 'scripts/build.ts']);
await step('lint', ['biome', 'ci', '.']);
if (built) {
  const json = `--outputFile.json=${join(results, 'vitest.json')}`;
  await suite(
    'unit and integration tests',
    ['vitest', 'run', '--reporter=default', '--reporter=json', json],
    vitestCounts,
  );
  await suite('browser tests', ['playwright', 'test'], playwrightCounts);
}

console.log(`\ntook ${Math.round((performance.now() - startedAt) / 1000)} s`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);

async function step(name: string, command: [string, ...string[]]): Promise<boolean> {
  const { ok } = await runStep(name, command);
  counts[ok ? 'passed' : 'failed'] += 1;
  return ok;
}

/** A suite that fails without naming a failed test (a crash, no test at all) still counts as a failure. */
async function suite(
  name: string,
  command: [string, ...string[]],
  read: () => Promise<Counts>,
): Promise<void> {
  const { ok } = await runStep(name, command);
  const found = await read().catch(() => ({ passed: 0, failed: 0 }));
  counts.passed += found.passed;
  counts.failed += Math.max(found.failed, ok && found.passed > 0 ? 0 : 1);
}

/** A skipped test was not seen to pass, so it counts as failed. */
async function vitestCounts(): Promise<Counts> {
  const report = JSON.parse(await readFile(join(results, 'vitest.json'), 'utf8'));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numPendingTests + report.numTodoTests,
  };
}

async function playwrightCounts(): Promise<Counts> {
  const { stats } = JSON.parse(await readFile(join(results, 'playwright.json'), 'utf8'));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped };
}
