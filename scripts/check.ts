/** The quick answer, within a minute: types, lint, unit tests. All of them run, so that one look shows every problem. */
import { runStep } from './run-step.ts';

const results = [
  await runStep('types', ['tsc', '-b']),
  await runStep('lint', ['biome', 'ci', '.']),
  await runStep('unit tests', ['vitest', 'run', '--project', 'unit']),
];
process.exit(results.every((result) => result.ok) ? 0 : 1);
