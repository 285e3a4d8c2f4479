// How many bytes of disk does a pending event take, and a delivered one, whose key is kept for a day?
//   node --conditions=hubrelay-source benches/event-bytes.ts [--events 200000]
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { HubSpotEvent } from '../packages/relay/src/hubspot/event.ts';
import type { Outbox } from '../packages/relay/src/outbox/outbox.ts';
import { openPostgresOutbox } from '../packages/relay/src/outbox/postgres/postgres-outbox.ts';
import { openSqliteOutbox } from '../packages/relay/src/outbox/sqlite/sqlite-outbox.ts';
import { startPostgres } from '../packages/relay/test/support/start-postgres.ts';
import { report } from './report.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '200000' } } });
const events = Number(values.events);

/** As a page sends it, with the default page properties. */
const sample = (number: number): HubSpotEvent => ({
  uuid: randomUUID(),
  eventName: 'pe1234567_signup',
  properties: {
    plan: 'pro',
    hs_page_url: `https://www.example.com/pricing/plans?page=${number}`,
    hs_page_title: 'Plans and pricing for teams of every size | Example',
    hs_referrer: 'https://www.example.com/features/overview',
    hs_language: 'en-us',
    hs_screen_width: '1920',
    hs_screen_height: '1080',
  },
  occurredAt: new Date().toISOString(),
  utk: randomBytes(16).toString('hex'),
});

async function measure(name: string, outbox: Outbox, bytes: () => Promise<number> | number) {
  const empty = await bytes();
  let json = 0;
  for (let stored = 0; stored < events; stored += 1000) {
    const batch = Array.from({ length: 1000 }, (_, at) => sample(stored + at));
    json += batch.reduce((sum, event) => sum + JSON.stringify(event).length, 0);
    await outbox.enqueue(batch);
  }
  const pending = await bytes();
  for (;;) {
    const claims = await outbox.claim({ maxEvents: 500, maxBytes: 1e7, leaseMs: 60_000 });
    if (claims.length === 0) break;
    await outbox.ack(claims);
  }
  const delivered = await bytes();
  await outbox.close();
  const each = (total: number) => Math.round(total / events);
  return {
    storage: name,
    events,
    'JSON of an event': each(json),
    'disk, each pending': each(pending - empty),
    'disk after all were delivered': each(delivered - empty),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'hubrelay-bytes-'));
const postgres = await startPostgres(['-c', 'fsync=off']);
const rows: Record<string, string | number>[] = [];
try {
  const files = () =>
    readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  const path = join(folder, 'hubrelay.db');
  rows.push(await measure('sqlite', await openSqliteOutbox({ path, reserveBytes: 0 }), files));

  const { connectionString } = postgres;
  const client = new pg.Client({ connectionString });
  await client.connect();
  const relations = async () => {
    const { rows } = await client.query(
      `SELECT sum(pg_total_relation_size(oid))::bigint AS bytes FROM pg_class
       WHERE relnamespace = 'hubrelay'::regnamespace AND relkind = 'r'`,
    );
    return Number(rows[0].bytes);
  };
  rows.push(await measure('postgres', await openPostgresOutbox({ connectionString }), relations));
  await client.end();
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
await report('event-bytes', rows, { events });
