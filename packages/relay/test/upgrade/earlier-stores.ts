import { DatabaseSync } from 'node:sqlite';
import type pg from 'pg';
import type { HubSpotEvent } from '../../src/hubspot/event.ts';
import * as postgres from '../../src/outbox/postgres/migrations.ts';
import * as sqlite from '../../src/outbox/sqlite/schema.ts';

/** What a relay of an earlier version left behind. */
export interface LeftBehind {
  readonly pending: readonly HubSpotEvent[];
  readonly dead: readonly HubSpotEvent[];
  readonly delivered: readonly HubSpotEvent[];
}

const BYTES = 100;

/** From this step on delivered events are noted with their names. */
const SQLITE_NAMES = 4;
const POSTGRES_NAMES = 5;

/** From this step on dead letters have limits of their own; Postgres keeps their bytes by triggers. */
const SQLITE_DEAD_BYTES = 7;

/** Makes a file as the version with so many steps made it. The columns that came later are written by the later steps. */
export function makeEarlierFile(path: string, steps: number, left: LeftBehind, at: number): void {
  const db = new DatabaseSync(path);
  sqlite.migrate(db, sqlite.migrations.slice(0, steps));
  let seq = 0;
  const next = () => {
    seq += 1;
    return seq;
  };
  const addPending = db.prepare(
    `INSERT INTO pending (seq, uuid, event, bytes, utk, enqueued_at, due_at, attempts, error)
     VALUES (?, ?, ?, ${BYTES}, ?, ?, ?, 1, '{"status":503}')`,
  );
  for (const event of left.pending) {
    addPending.run(next(), event.uuid, JSON.stringify(event), event.utk ?? null, at, at);
  }
  const addDead = db.prepare(
    `INSERT INTO dead (seq, uuid, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at)
     VALUES (?, ?, ?, ${BYTES}, ?, ?, 'refused_by_hubspot', '{"status":400}', 1, ?, ?)`,
  );
  for (const event of left.dead) {
    const { uuid, utk, eventName } = event;
    addDead.run(next(), uuid, JSON.stringify(event), utk ?? null, eventName, at, at);
  }
  const addDelivered = db.prepare('INSERT INTO delivered VALUES (?, ?, ?)');
  for (const { uuid, eventName } of left.delivered) {
    addDelivered.run(next(), steps < SQLITE_NAMES ? uuid : `${uuid} ${eventName}`, at);
  }
  const [pending, dead, delivered] = countsOf(left);
  db.prepare(
    'UPDATE counters SET accepted = ?, delivered = ?, dead = ?, pending = ?, bytes = ?, seq = ?',
  ).run(pending + dead + delivered, delivered, dead, pending, BYTES * (pending + dead), seq);
  if (steps >= SQLITE_DEAD_BYTES) db.exec(`UPDATE counters SET dead_bytes = ${BYTES * dead}`);
  db.close();
}

/** Makes a schema as the version with so many steps made it. */
export async function makeEarlierSchema(
  pool: pg.Pool,
  schema: string,
  steps: number,
  left: LeftBehind,
  at: number,
): Promise<void> {
  await postgres.migrate(() => pool.connect(), schema, postgres.migrations.slice(0, steps));
  for (const event of left.pending) {
    await pool.query(
      `INSERT INTO ${schema}.pending (uuid, event, bytes, utk, enqueued_at, due_at, attempts, error)
       VALUES ($1, $2, ${BYTES}, $3, $4, $4, 1, '{"status":503}')`,
      [event.uuid, JSON.stringify(event), event.utk, at],
    );
  }
  for (const event of left.dead) {
    await pool.query(
      `INSERT INTO ${schema}.dead (uuid, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at)
       VALUES ($1, $2, ${BYTES}, $3, $4, 'refused_by_hubspot', '{"status":400}', 1, $5, $5)`,
      [event.uuid, JSON.stringify(event), event.utk, event.eventName, at],
    );
  }
  for (const { uuid, eventName } of left.delivered) {
    const [table, values] =
      steps < POSTGRES_NAMES
        ? ['delivered', [uuid, at]]
        : ['delivered_events', [uuid, at, eventName]];
    const columns = steps < POSTGRES_NAMES ? '(uuid, at)' : '(uuid, at, event_name, sender)';
    const placeholders = steps < POSTGRES_NAMES ? '($1, $2)' : `($1, $2, $3, 'page')`;
    await pool.query(`INSERT INTO ${schema}.${table} ${columns} VALUES ${placeholders}`, values);
  }
  const [pending, dead, delivered] = countsOf(left);
  await pool.query(
    `UPDATE ${schema}.counters SET accepted = $1, delivered = $2, dead = $3, pending = $4, bytes = $5 WHERE shard = 0`,
    [pending + dead + delivered, delivered, dead, pending, BYTES * (pending + dead)],
  );
}

const countsOf = ({ pending, dead, delivered }: LeftBehind) =>
  [pending.length, dead.length, delivered.length] as const;
