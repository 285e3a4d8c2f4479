// How long do honest events wait while HubSpot fails every call with certain other events in it? Ten honest events a second for
// 150 seconds, on a virtual clock; the waits are those of events stored after the first minute of the attack.
//   node --conditions=hubrelay-source benches/attack.ts [--outbox sqlite|postgres|memory] [--poison 1,10,100,1000,10000,half]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Outbox } from '../packages/relay/src/outbox/outbox.ts';
import { openPostgresOutbox } from '../packages/relay/src/outbox/postgres/postgres-outbox.ts';
import { openSqliteOutbox } from '../packages/relay/src/outbox/sqlite/sqlite-outbox.ts';
import { attack, percentile } from '../packages/relay/test/support/attacked.ts';
import { createMemoryOutbox } from '../packages/relay/test/support/memory-outbox.ts';
import { startPostgres } from '../packages/relay/test/support/start-postgres.ts';
import { verdicts } from '../packages/relay/test/support/verdicts.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    outbox: { type: 'string', default: 'memory' },
    poison: { type: 'string', default: '1,10,100,1000,half' },
  },
});
const poisons = values.poison.split(',').map((text) => (text === 'half' ? text : Number(text)));
const directory = mkdtempSync(join(tmpdir(), 'hubrelay-attack-'));
const postgres = values.outbox === 'postgres' ? await startPostgres() : undefined;
let runs = 0;

function openOutbox(clock: () => number): Promise<Outbox> {
  runs += 1;
  if (postgres) {
    const connectionString = postgres.connectionString;
    return openPostgresOutbox({ connectionString, schema: `attack_${runs}`, clock });
  }
  if (values.outbox === 'memory') return Promise.resolve(createMemoryOutbox({ clock }));
  return openSqliteOutbox({ path: join(directory, `${runs}.db`), clock, thread: false });
}

const rows = [];
for (const [name, verdict] of verdicts) {
  for (const poison of poisons) {
    const run = await attack({ verdict, poison: poison as number | 'half', openOutbox });
    rows.push({
      verdict: name,
      'at fault': String(poison),
      'p50 ms': percentile(run.waits, 0.5),
      'p99 ms': percentile(run.waits, 0.99),
      'longest of all s': Math.round(run.longestMs / 1000),
      lost: run.honest - run.arrived,
      calls: run.calls,
    });
  }
}
await postgres?.stop();
rmSync(directory, { recursive: true });
await report(`attack-${values.outbox}`, rows, { outbox: values.outbox });
