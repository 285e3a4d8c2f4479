import type { Violation } from './laws/ledger.ts';
import { wordsOf } from './plan/happening.ts';
import type { Plan } from './plan/plan.ts';
import { simulate, type Verdict } from './simulate.ts';
import type { OpenTracker } from './site/bundle.ts';
import { clockOf } from './time/trace.ts';

/** The end of a trace tells most; `--trace` shows all of it. */
const LINES = 60;

/** A broken law: the seed that repeats it, the least that has to happen for it, and how it came about. */
export async function report(
  plan: Plan,
  openTracker: OpenTracker,
  violation: Violation,
): Promise<string> {
  const { prefix, verdict } = await shortest(plan, openTracker);
  const { law, message } = verdict.violation ?? violation;
  const { trace } = verdict;
  const happened = plan.happenings.slice(0, prefix);
  return [
    `seed ${plan.seed} breaks the law "${law}": ${message}`,
    `  repeat it: npm run simulate -- --seeds 1 --seed ${plan.seed} --trace`,
    `  ${plan.kind}, ${plan.store}, ${plan.relays} relays, ${JSON.stringify(plan.habits)}`,
    `  the first ${prefix} of ${plan.happenings.length} happenings are enough:`,
    ...happened.map((one) => `    ${clockOf(one.at)} ${wordsOf(one)}`),
    `  the last ${Math.min(LINES, trace.length)} of ${trace.length} lines of their trace:`,
    ...trace.slice(-LINES).map((line) => `    ${line.slice(0, 240)}`),
    '',
  ].join('\n');
}

async function shortest(
  plan: Plan,
  openTracker: OpenTracker,
): Promise<{ prefix: number; verdict: Verdict }> {
  for (let prefix = 0; ; prefix++) {
    const verdict = await simulate(plan, openTracker, { prefix, isTraced: true });
    if (verdict.violation || prefix >= plan.happenings.length) return { prefix, verdict };
  }
}
