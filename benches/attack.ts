// How long do honest events wait while HubSpot fails every call with certain other events in it? Ten honest events a second for
// 150 seconds, on a virtual clock; the waits are those of events stored after the first minute of the attack.
//   node --conditions=hubrelay-source benches/attack.ts [--on memory|sqlite|postgres|queues|direct] [--poison 1,10,100,1000,10000,half]
//     [--seconds 150] [--verdict 'no answer']
// Commits of Postgres do not wait for its disk here: time stands still meanwhile, so it would change nothing but the wait for the result.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Outbox } from '../packages/relay/src/outbox/outbox.ts';
import { openPostgresOutbox } from '../packages/relay/src/outbox/postgres/postgres-outbox.ts';
import { openSqliteOutbox } from '../packages/relay/src/outbox/sqlite/sqlite-outbox.ts';
import { type Attack, attack, percentile } from '../packages/relay/test/support/attacked.ts';
import { attackDirect } from '../packages/relay/test/support/attacked-direct.ts';
import { attackQueue } from '../packages/relay/test/support/attacked-queue.ts';
import { createMemoryOutbox } from '../packages/relay/test/support/memory-outbox.ts';
import { startPostgres } from '../packages/relay/test/support/start-postgres.ts';
import { verdicts } from '../packages/relay/test/support/verdicts.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    on: { type: 'string', default: 'memory' },
    poison: { type: 'string', default: '1,10,100,1000,half' },
    seconds: { type: 'string', default: '150' },
    verdict: { type: 'string' },
  },
});
const poisons = values.poison.split(',').map((text) => (text === 'half' ? text : Number(text)));
const directory = mkdtempSync(join(tmpdir(), 'hubrelay-attack-'));
const postgres = values.on === 'postgres' ? await startPostgres(['-c', 'fsync=off']) : undefined;
const seconds = Number(values.seconds);
let runs = 0;

function openOutbox(clock: () => number): Promise<Outbox> {
  runs += 1;
  if (postgres) {
    const connectionString = postgres.connectionString;
    return openPostgresOutbox({ connectionString, schema: `attack_${runs}`, clock });
  }
  if (values.on === 'memory') return Promise.resolve(createMemoryOutbox({ clock }));
  return openSqliteOutbox({ path: join(directory, `${runs}.db`), clock, thread: false });
}

const play = (options: Attack) => {
  if (values.on === 'queues') return attackQueue(options);
  if (values.on === 'direct') return attackDirect(options);
  return attack({ ...options, openOutbox });
};

const rows = [];
const played = verdicts.filter(([name]) => name === (values.verdict ?? name));
for (const [name, verdict] of played) {
  for (const poison of poisons) {
    const run = await play({ verdict, poison: poison as number | 'half', seconds });
    const row = {
      verdict: name,
      'at fault': String(poison),
      'p50 ms': percentile(run.waits, 0.5),
      'p99 ms': percentile(run.waits, 0.99),
      'longest of all s': Math.round(run.longestMs / 1000),
      lost: run.honest - run.arrived,
      calls: run.calls,
    };
    rows.push(row);
    console.error(JSON.stringify(row));
  }
}
await postgres?.stop();
rmSync(directory, { recursive: true });
await report(`attack-${values.on}`, rows, { on: values.on });
