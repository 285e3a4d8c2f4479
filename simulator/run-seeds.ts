import type { Plugin } from 'esbuild';
import type { Arguments } from './arguments.ts';
import { planOf } from './plan/plan.ts';
import { report } from './report.ts';
import { simulate } from './simulate.ts';
import { bundlePage } from './site/bundle.ts';

/** Runs one seed after the other and says what each came to. @returns whether every law held */
export async function runSeeds(wanted: Arguments, plugins: Plugin[]): Promise<boolean> {
  const openTracker = await bundlePage(plugins);
  const cpu = process.cpuUsage();
  let simulatedMs = 0;
  let broken = 0;
  let digest = 0;
  const end = wanted.seed + wanted.seeds;
  for (let seed = wanted.seed; seed < end; seed++) {
    const plan = planOf(seed, wanted);
    const options = { prefix: plan.happenings.length, isTraced: wanted.isTraced };
    const verdict = await simulate(plan, openTracker, options);
    simulatedMs += verdict.simulatedMs;
    digest = Math.imul(digest ^ verdict.digest, 0x01000193) >>> 0;
    if (wanted.isTraced) console.log(verdict.trace.join('\n'));
    if (verdict.violation === undefined) continue;
    broken += 1;
    const { law, message } = verdict.violation;
    if (wanted.isTraced || wanted.isBrief)
      console.log(`seed ${seed} breaks the law "${law}": ${message}`);
    else console.log(await report(plan, openTracker, verdict.violation));
    if (wanted.isFirstOnly) return false;
  }
  const { user, system } = process.cpuUsage(cpu);
  const cpuS = (user + system) / 1e6;
  const speed = Math.round(simulatedMs / 1000 / cpuS);
  console.log(`${wanted.seeds} seeds, ${broken} broken, digest ${digest.toString(16)}`);
  // Not on stdout, which is the same in every run of the same seeds.
  console.error(
    `${hours(simulatedMs)} hours in ${Math.round(cpuS)} s of CPU: ${speed} times real time`,
  );
  return broken === 0;
}

const hours = (ms: number) => (ms / 3_600_000).toFixed(1);
