import type { Plugin } from 'esbuild';
import type { Arguments } from './arguments.ts';
import { planOf, STORES } from './plan/plan.ts';
import { storesOf } from './planted/bug.ts';
import { BUGS } from './planted/bugs.ts';
import { report } from './report.ts';
import { simulate } from './simulate.ts';
import { bundlePage } from './site/bundle.ts';
import { NOTHING_YET, plus, type Sum, tell } from './sum.ts';

/** Runs one seed after the other and says what each came to. */
export async function runSeeds(wanted: Arguments, plugins: Plugin[]): Promise<Sum> {
  const bug = BUGS.find(({ name }) => name === wanted.bug);
  const stores = bug ? storesOf(bug) : STORES;
  const openTracker = await bundlePage(plugins);
  let sum = NOTHING_YET;
  const end = wanted.seed + wanted.seeds;
  for (let seed = wanted.seed; seed < end; seed++) {
    const before = process.cpuUsage();
    const plan = planOf(seed, wanted);
    if (!stores.includes(plan.store)) continue;
    const options = { prefix: plan.happenings.length, isTraced: wanted.isTraced };
    const verdict = await simulate(plan, openTracker, options);
    const { user, system } = process.cpuUsage(before);
    const { violation, digest, simulatedMs } = verdict;
    const broken = violation ? 1 : 0;
    sum = plus(sum, { seeds: 1, broken, digest, simulatedMs, cpuMs: [(user + system) / 1000] });
    if (wanted.isTraced) console.log(verdict.trace.join('\n'));
    if (violation === undefined) continue;
    if (wanted.isTraced || wanted.isBrief)
      console.log(`seed ${seed} breaks the law "${violation.law}": ${violation.message}`);
    else console.log(await report(plan, openTracker, violation));
    if (wanted.isFirstOnly) break;
  }
  tell(sum);
  return sum;
}
