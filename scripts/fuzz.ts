/**
 * Sends arbitrary requests to the real hosts: `npm run fuzz -- --runs 100000 [--seed N]`. A failure prints the input and
 * the seed that repeats it.
 */
import { parseArgs } from 'node:util';
import { runStep } from './run-step.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' } },
});
process.env.FUZZ_RUNS = values.runs;
process.env.FUZZ_SEED = values.seed ?? String(Math.floor(Math.random() * 2 ** 31));

const built = await runStep('build', ['node', 'scripts/build.ts']);
const fuzzed =
  built.ok &&
  (await runStep('fuzz', ['vitest', 'run', '--project', 'integration', 'packages/relay/test/fuzz']))
    .ok;
process.exit(fuzzed ? 0 : 1);
