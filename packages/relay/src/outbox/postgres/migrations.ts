import type { PoolClient, QueryConfig } from 'pg';
import { GO_BACK } from '../newer-version.ts';
import { deadLimits } from './dead-limits.ts';
import { FULL } from './full.ts';
import { keysOfEvents } from './keys-of-events.ts';
import { type Connect, onConnection } from './pool.ts';

/** Counters are spread over this many rows, so that concurrent writers seldom wait for each other's commit. */
export const COUNTER_SHARDS = 32;

/**
 * Each step leads from the version before to its own. A step that has been released is never changed.
 * `@` stands for the schema, quoted.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE @.pending (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uuid uuid NOT NULL UNIQUE,
    event text NOT NULL,
    bytes integer NOT NULL,
    utk text,
    enqueued_at bigint NOT NULL,
    due_at bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    error text
  );
  CREATE INDEX pending_due ON @.pending (due_at, seq);
  CREATE INDEX pending_age ON @.pending (enqueued_at);

  -- Apart from the events: small, so that it can be counted, and a claim need not write the event again.
  CREATE TABLE @.lease (seq bigint PRIMARY KEY, claim uuid NOT NULL, until bigint NOT NULL);

  CREATE TABLE @.dead (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    uuid uuid NOT NULL UNIQUE,
    event text NOT NULL,
    bytes integer NOT NULL,
    utk text,
    event_name text NOT NULL,
    reason text NOT NULL,
    error text NOT NULL,
    attempts integer NOT NULL,
    first_at bigint NOT NULL,
    died_at bigint NOT NULL
  );
  CREATE INDEX dead_time ON @.dead (died_at, seq);
  CREATE INDEX dead_reason ON @.dead (reason);
  CREATE INDEX dead_utk ON @.dead (utk);

  CREATE TABLE @.delivered (uuid uuid PRIMARY KEY, at bigint NOT NULL);
  CREATE INDEX delivered_time ON @.delivered (at);

  CREATE TABLE @.counters (
    shard integer PRIMARY KEY,
    accepted bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    dead bigint NOT NULL DEFAULT 0,
    pending bigint NOT NULL DEFAULT 0,
    removed bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 10);
  INSERT INTO @.counters (shard) SELECT generate_series(0, ${COUNTER_SHARDS - 1});

  -- Whether that many more fit. Events of transactions under way are not seen: several relays may exceed the limit by those.
  CREATE FUNCTION @.fits(more bigint, more_bytes bigint, max_events bigint, max_bytes bigint) RETURNS boolean
  LANGUAGE sql AS $$
    SELECT sum(pending + dead) + more <= max_events AND sum(bytes) + more_bytes <= max_bytes FROM @.counters
  $$;

  -- Returns the uuids that were new. Each statement of a function sees what was committed before it began, so an event
  -- that moved from pending to delivered or dead while the INSERT waited for it is found by the DELETE.
  CREATE FUNCTION @.enqueue(
    uuids uuid[], events text[], sizes integer[], utks text[], now_ms bigint,
    max_events bigint, max_bytes bigint, counter_shard integer
  ) RETURNS uuid[] LANGUAGE plpgsql AS $$
  DECLARE
    stored uuid[];
    known uuid[];
    stored_bytes bigint;
  BEGIN
    -- In one order in every transaction: no deadlocks.
    WITH added AS (
      INSERT INTO @.pending (uuid, event, bytes, utk, enqueued_at, due_at)
      SELECT e.uuid, e.event, e.size, e.utk, now_ms, now_ms
      FROM unnest(uuids, events, sizes, utks) AS e (uuid, event, size, utk) ORDER BY e.uuid
      ON CONFLICT (uuid) DO NOTHING RETURNING pending.uuid
    ) SELECT coalesce(array_agg(added.uuid), '{}') INTO stored FROM added;

    WITH gone AS (
      DELETE FROM @.pending p WHERE p.uuid = ANY (stored) AND (
        EXISTS (SELECT FROM @.delivered d WHERE d.uuid = p.uuid) OR
        EXISTS (SELECT FROM @.dead d WHERE d.uuid = p.uuid)
      ) RETURNING p.uuid
    ) SELECT coalesce(array_agg(gone.uuid), '{}') INTO known FROM gone;

    SELECT coalesce(array_agg(e.uuid), '{}'), coalesce(sum(e.size), 0) INTO stored, stored_bytes
    FROM unnest(uuids, sizes) AS e (uuid, size)
    WHERE e.uuid = ANY (stored) AND NOT e.uuid = ANY (known);

    IF cardinality(stored) = 0 THEN
      RETURN stored;
    END IF;
    IF NOT @.fits(cardinality(stored), stored_bytes, max_events, max_bytes) THEN
      RAISE EXCEPTION 'The outbox is full.' USING ERRCODE = '${FULL}';
    END IF;
    UPDATE @.counters c SET accepted = c.accepted + cardinality(stored),
      pending = c.pending + cardinality(stored), bytes = c.bytes + stored_bytes WHERE c.shard = counter_shard;
    RETURN stored;
  END $$;

  -- Stores one rejected event if it is new and there is room.
  CREATE FUNCTION @.bury_rejected(
    new_uuid uuid, new_event text, size integer, new_utk text, new_event_name text, new_error text, now_ms bigint,
    max_rejected bigint, max_events bigint, max_bytes bigint, counter_shard integer
  ) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT @.fits(1, size, max_events, max_bytes)
      OR EXISTS (SELECT FROM @.pending p WHERE p.uuid = new_uuid)
      OR EXISTS (SELECT FROM @.delivered d WHERE d.uuid = new_uuid)
      OR (SELECT count(*) FROM (
           SELECT FROM @.dead WHERE reason = 'rejected_by_policy' LIMIT max_rejected) AS capped) >= max_rejected
    THEN
      RETURN false;
    END IF;
    INSERT INTO @.dead (uuid, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at)
    VALUES (new_uuid, new_event, size, new_utk, new_event_name, 'rejected_by_policy', new_error, 0, now_ms, now_ms)
    ON CONFLICT (uuid) DO NOTHING;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
    UPDATE @.counters c SET accepted = c.accepted + 1, dead = c.dead + 1, bytes = c.bytes + size
    WHERE c.shard = counter_shard;
    RETURN true;
  END $$;
  `,
  // Holds a row while an operator has paused delivery.
  'CREATE TABLE @.pause (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), since bigint NOT NULL);',

  // A session keeps the plans of a function. Those made while a table was small read all of it, and went on doing so when
  // it had a million rows, until it was analyzed: now they go by the indexes whatever the size.
  `
  CREATE OR REPLACE FUNCTION @.enqueue(
    uuids uuid[], events text[], sizes integer[], utks text[], now_ms bigint,
    max_events bigint, max_bytes bigint, counter_shard integer
  ) RETURNS uuid[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
  DECLARE
    stored uuid[];
    known uuid[];
    stored_bytes bigint;
  BEGIN
    -- In one order in every transaction: no deadlocks.
    WITH added AS (
      INSERT INTO @.pending (uuid, event, bytes, utk, enqueued_at, due_at)
      SELECT e.uuid, e.event, e.size, e.utk, now_ms, now_ms
      FROM unnest(uuids, events, sizes, utks) AS e (uuid, event, size, utk) ORDER BY e.uuid
      ON CONFLICT (uuid) DO NOTHING RETURNING pending.uuid, pending.bytes
    ) SELECT coalesce(array_agg(added.uuid), '{}'), coalesce(sum(added.bytes), 0) INTO stored, stored_bytes FROM added;

    -- Each statement of a function sees what was committed before it began: also an event that moved from pending to
    -- delivered or dead while the INSERT waited for it.
    known := ARRAY(
      SELECT d.uuid FROM @.delivered d WHERE d.uuid = ANY (stored)
      UNION ALL SELECT d.uuid FROM @.dead d WHERE d.uuid = ANY (stored)
    );
    IF cardinality(known) > 0 THEN
      WITH gone AS (
        DELETE FROM @.pending p WHERE p.uuid = ANY (known) RETURNING p.bytes
      ) SELECT stored_bytes - sum(gone.bytes) INTO stored_bytes FROM gone;
      stored := ARRAY(SELECT unnest(stored) EXCEPT SELECT unnest(known));
    END IF;

    IF cardinality(stored) = 0 THEN
      RETURN stored;
    END IF;
    IF NOT @.fits(cardinality(stored), stored_bytes, max_events, max_bytes) THEN
      RAISE EXCEPTION 'The outbox is full.' USING ERRCODE = '${FULL}';
    END IF;
    UPDATE @.counters c SET accepted = c.accepted + cardinality(stored),
      pending = c.pending + cardinality(stored), bytes = c.bytes + stored_bytes WHERE c.shard = counter_shard;
    RETURN stored;
  END $$;

  ALTER FUNCTION @.bury_rejected(uuid, text, integer, text, text, text, bigint, bigint, bigint, bigint, integer)
    SET enable_seqscan = off;
  `,

  // Events that were in a failed call are claimed apart from the others. A relay of an older version that runs meanwhile takes
  // them together, as it did.
  `
  ALTER TABLE @.pending ADD COLUMN suspicion integer NOT NULL DEFAULT 0;
  ALTER TABLE @.pending ADD COLUMN may_have_arrived boolean NOT NULL DEFAULT false;
  CREATE INDEX pending_fresh ON @.pending (due_at, seq) WHERE suspicion = 0;
  CREATE INDEX pending_suspect ON @.pending (due_at, seq) WHERE suspicion > 0;
  CREATE INDEX pending_new_suspect ON @.pending (suspicion, due_at DESC, seq DESC)
    WHERE suspicion > 0 AND suspicion <= 2;
  DROP INDEX @.pending_due;
  `,

  keysOfEvents,
  // Also an event that died without a try that counted may be at HubSpot.
  'ALTER TABLE @.dead ADD COLUMN may_have_arrived boolean NOT NULL DEFAULT false;',
  deadLimits,
];

/** Any number, the same in every version: relays that start together migrate one after the other. */
const LOCK = 7_201_926_021;

const HOUR_MS = 3_600_000;

/**
 * Brings the schema to the version of this code. One that is up to date is left alone: the relay's user then needs no
 * right to change it.
 * @throws when a newer version wrote it
 */
export async function migrate(connect: Connect, schema: string, steps = migrations): Promise<void> {
  await onConnection(connect, async (client) => {
    if ((await versionOf(client, schema)) === steps.length) return;
    await client.query('BEGIN; SET LOCAL statement_timeout = 0');
    await patiently(client, `SELECT pg_advisory_xact_lock(${LOCK})`);
    await takeSteps(client, schema, steps);
    await client.query('COMMIT');
  });
}

async function takeSteps(client: PoolClient, schema: string, steps: readonly string[]) {
  const version = await versionOf(client, schema);
  if (version === undefined) await createSchema(client, schema);
  if (version !== undefined && version > steps.length) {
    throw new Error(
      `Schema ${schema} was written by a newer version (${version}, this one knows ${steps.length}). ${GO_BACK}`,
    );
  }
  for (const sql of steps.slice(version ?? 0)) {
    await patiently(
      client,
      sql.replaceAll('@', () => schema),
    );
  }
  await client.query(`DELETE FROM ${schema}.version`);
  await client.query(`INSERT INTO ${schema}.version VALUES ($1)`, [steps.length]);
}

/** An index of millions of events takes longer than any other statement may. */
async function patiently(client: PoolClient, text: string): Promise<void> {
  const query: QueryConfig & { readonly query_timeout: number } = { text, query_timeout: HOUR_MS };
  await client.query(query);
}

/** `IF NOT EXISTS` alone asks for the right to create a schema even where there is one. */
async function createSchema(client: PoolClient, schema: string): Promise<void> {
  if (!(await exists(client, `pg_namespace WHERE ${named('nspname')}`, schema))) {
    await client.query(`CREATE SCHEMA ${schema}`).catch((error: Error) => {
      const how = `let an administrator run: CREATE SCHEMA ${schema} AUTHORIZATION <this user>`;
      throw Object.assign(error, { message: `${error.message}; ${how}` });
    });
  }
  await client.query(`CREATE TABLE IF NOT EXISTS ${schema}.version (version integer NOT NULL)`);
}

/** Undefined: nothing is there yet. */
async function versionOf(client: PoolClient, schema: string): Promise<number | undefined> {
  const table = `pg_tables WHERE ${named('schemaname')} AND tablename = 'version'`;
  if (!(await exists(client, table, schema))) return undefined;
  const { rows } = await client.query<{ version: number }>(`SELECT version FROM ${schema}.version`);
  return rows[0]?.version ?? 0;
}

/**
 * Reads the catalog's tables: `to_regclass` and its like answer from a session's cache, which may not know yet what another
 * relay has just committed.
 */
async function exists(client: PoolClient, where: string, schema: string): Promise<boolean> {
  const { rows } = await client.query(`SELECT FROM ${where}`, [schema]);
  return rows.length > 0;
}

/** Whether the schema, quoted or plain, is the one in this column. */
const named = (column: string) =>
  `$1::text IN (${column}, '"' || replace(${column}, '"', '""') || '"')`;
