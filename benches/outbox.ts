// How many requests does a queued relay accept, and how many events does it deliver, empty and with a million pending?
// The relay, on the built packages, and the fake HubSpot are processes of their own; the load is in this one. Run after `npm run build`:
//   node --conditions=hubrelay-source benches/outbox.ts [--small] [--only sqlite|postgres] [--one-core] [--default-memory]
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { demoCredentials } from '@hubrelay/fake-hubspot';
import type { Outbox } from '../packages/relay/src/outbox/outbox.ts';
import { openPostgresOutbox } from '../packages/relay/src/outbox/postgres/postgres-outbox.ts';
import { openSqliteOutbox } from '../packages/relay/src/outbox/sqlite/sqlite-outbox.ts';
import { startPostgres } from '../packages/relay/test/support/start-postgres.ts';
import { startHubSpot } from './outbox-hubspot.ts';
import { postFor } from './outbox-load.ts';
import { type BenchRelay, LITTLE_MEMORY, startRelay } from './outbox-relay.ts';
import { report } from './report.ts';

const { values } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** The relay, all its threads, on the first processor alone. */
    'one-core': { type: 'boolean', default: false },
    'default-memory': { type: 'boolean', default: false },
  },
});
const size = values.small
  ? { pending: 20_000, loadMs: 1_000, drained: 10_000 }
  : { pending: 1_000_000, loadMs: 8_000, drained: 200_000 };

/** Long enough for the garbage of the start to be collected. */
const REST_MS = 5_000;

interface Storage {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  open(): Promise<Outbox>;
}

const folder = mkdtempSync(join(tmpdir(), 'hubrelay-bench-'));
const postgres = values.only === 'sqlite' ? undefined : await startPostgres();
const hubspot = await startHubSpot();
const rows: Record<string, string | number>[] = [];
try {
  for (const storage of storages()) await measure(storage);
} finally {
  await hubspot.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
}
await report('outbox', rows, { ...size, ...values });

function storages(): Storage[] {
  const path = join(folder, 'outbox.db');
  const sqlite = {
    name: 'sqlite',
    variables: { OUTBOX_PATH: path },
    open: () => openSqliteOutbox({ path }),
  };
  if (postgres === undefined) return [sqlite];
  const { connectionString } = postgres;
  const server = {
    name: 'postgres',
    variables: { DATABASE_URL: connectionString },
    open: () => openPostgresOutbox({ connectionString }),
  };
  return values.only === 'postgres' ? [server] : [sqlite, server];
}

async function measure({ name, variables, open }: Storage): Promise<void> {
  for (const pending of [0, size.pending]) {
    await fill(open, pending);
    const relay = await startRelay(
      { ...variables, HUBSPOT_BASE_URL: hubspot.url },
      values['default-memory'] ? undefined : LITTLE_MEMORY,
      values['one-core'] ? ['taskset', '-c', '0'] : [],
    );
    await relay.order('pause');
    await postFor(relay.url, 1, 500);
    // It delivered until it was paused.
    await delay(REST_MS);
    relay.peakRssMb();
    add({
      name,
      pending,
      what: 'at rest',
      requests: 0,
      rate: 0,
      perEvent: 0,
      rssMb: relay.peakRssMb(),
    });
    for (const events of [1, 10]) {
      const before = relay.cpuMs();
      const requests = await postFor(relay.url, events, size.loadMs);
      const perEvent = (relay.cpuMs() - before) / requests.count / events;
      const rate = requests.perSecond * events;
      const what = `accept, ${events} a request`;
      add({
        name,
        pending,
        what,
        requests: requests.perSecond,
        rate,
        perEvent,
        rssMb: relay.peakRssMb(),
      });
    }
    const before = relay.cpuMs();
    const { calls, rate, count } = await drain(relay);
    const perEvent = (relay.cpuMs() - before) / count;
    add({
      name,
      pending,
      what: 'deliver',
      requests: calls,
      rate,
      perEvent,
      rssMb: relay.peakRssMb(),
    });
    await relay.stop();
  }
}

interface Measured {
  readonly name: string;
  readonly pending: number;
  readonly what: string;
  /** Per second. */
  readonly requests: number;
  /** Events per second. */
  readonly rate: number;
  /** Milliseconds of processor time of the relay, all threads: what a busy machine does not distort. */
  readonly perEvent: number;
  readonly rssMb: number;
}

function add({ name, pending, what, requests, rate, perEvent, rssMb }: Measured): void {
  rows.push({
    storage: name,
    pending,
    what,
    'requests/s': Math.round(requests),
    'events/s': Math.round(rate),
    'cpu µs/event': Math.round(perEvent * 1000),
    'peak RSS, MB': rssMb,
  });
  console.error(JSON.stringify(rows.at(-1)));
}

async function fill(open: Storage['open'], pending: number): Promise<void> {
  const outbox = await open();
  let { pending: stored } = await outbox.stats();
  while (stored < pending) {
    const calls = Array.from({ length: 4 }, () =>
      outbox.enqueue(Array.from({ length: 500 }, sampleEvent)),
    );
    for (const { stored: count } of await Promise.all(calls)) stored += count;
  }
  await outbox.close();
}

function sampleEvent() {
  return {
    uuid: randomUUID(),
    eventName: `pe${demoCredentials.hubId}_product_viewed`,
    properties: { hs_page_url: 'https://shop.example/products/1', hs_page_title: 'A product' },
    occurredAt: new Date().toISOString(),
    utk: '0123456789abcdef0123456789abcdef',
  };
}

/** Lets the relay deliver until it has done enough, and pauses it again. */
async function drain(relay: BenchRelay): Promise<{ calls: number; rate: number; count: number }> {
  const before = await relay.stats();
  const goal = before.delivered + Math.min(size.drained, before.pending);
  const callsBefore = await hubspot.calls();
  const start = performance.now();
  await relay.order('resume');
  let now = before;
  while (now.delivered < goal) {
    await delay(100);
    now = await relay.stats();
  }
  const seconds = (performance.now() - start) / 1000;
  await relay.order('pause');
  const count = now.delivered - before.delivered;
  return {
    calls: ((await hubspot.calls()) - callsBefore) / seconds,
    rate: count / seconds,
    count,
  };
}
