/**
 * Pages, relays, their storage and HubSpot in one process, on a clock of their own:
 *
 *     npm run simulate -- --seeds 10000 [--jobs 2] [--seed 1] [--hours 0] [--kind storm] [--store sqlite] [--trace]
 *     npm run simulate -- --planted [--write]
 *
 * The second plants known bugs, one after the other, and tells which seed finds each. docs/simulator.md
 */
import { readArguments } from './arguments.ts';
import { plantBug } from './planted/plant-bug.ts';
import { runPlanted } from './planted/run-planted.ts';
import { runInParallel } from './run-in-parallel.ts';

const args = process.argv.slice(2);
const wanted = readArguments(args);
if (wanted.isPlanted) {
  process.exitCode = (await runPlanted(wanted)) ? 0 : 1;
} else if (wanted.jobs > 1) {
  process.exitCode = (await runInParallel(wanted, args)) ? 0 : 1;
} else {
  const plugins = wanted.bug === undefined ? [] : [plantBug(wanted.bug)];
  // Only now: a bug is planted in a module while it is loaded.
  const { runSeeds } = await import('./run-seeds.ts');
  const { broken } = await runSeeds(wanted, plugins);
  process.exitCode = broken === 0 ? 0 : 1;
}
