import { DEAD_COLUMNS, type Dialect, subjectCondition } from '../dead-letter-rows.ts';
import type { ErasureKey, SubjectField } from '../erasure.ts';
import type { ClaimFrom } from '../outbox.ts';
import { CLAIMED_KIND, CLAIMED_ORDER } from '../suspicion.ts';
import { fittingAmongDead, NOW, UUID } from './expressions.ts';

/** Every parameter of a statement must have a type, also the time in a statement that has no use for it. */
const TIME_UNUSED = '($1::bigint IS NULL OR TRUE)';

/** SQL of everything but the functions of the migrations. `$1` is the time, or null; `s` is the schema, quoted. */
export function statementsFor(s: string) {
  const leaseEnd = `coalesce((SELECT until FROM ${s}.lease WHERE lease.seq = p.seq), 0)`;
  // The subqueries hide from the planner how many claims there are. It takes them for few and goes by the index, else it
  // would read all of the lease table, of which most is dead rows while delivery is fast.
  const held = `held AS (
      DELETE FROM ${s}.lease USING unnest((SELECT $2::bigint[]), (SELECT $3::uuid[])) AS c (seq, claim)
      WHERE lease.seq = c.seq AND lease.claim = c.claim RETURNING lease.seq
    )`;
  const taken = `taken AS (
      DELETE FROM ${s}.pending p USING held WHERE p.seq = held.seq RETURNING p.*
    )`;
  const deadColumns =
    '(uuid, sender, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at, may_have_arrived)';
  const count = (name: string) => `(SELECT count(*) FROM ${name})`;
  const sumOf = (name: string) => `(SELECT coalesce(sum(bytes), 0) FROM ${name})`;

  const kept = (first: number) => `kept AS (${fittingAmongDead(s, 'taken', first)})`;
  const gone = `(${count('taken')} - ${count('kept')})`;
  const counted = (refused: string, shard = 4) => `counted AS (
      UPDATE ${s}.counters SET dead = dead + ${count('kept')}, pending = pending - ${count('taken')},
        bytes = bytes - ${sumOf('taken')} + ${sumOf('kept')}, removed = removed + ${gone},
        dropped_refused = dropped_refused + ${refused} * ${gone},
        dropped_expired = dropped_expired + (1 - ${refused}) * ${gone} WHERE shard = $${shard}
    )`;
  const dropped = `SELECT ${gone} AS dropped`;

  return {
    enqueue: `SELECT unnest(${s}.enqueue_events($2, $3, $4, $5, $6, ${NOW}, $7, $8, $9)) AS key`,

    // One row per event that is known in any form under one of these uuids.
    owners: `SELECT uuid || ' ' || event_name AS key, bool_or(sender = 'server') AS of_server FROM (
        SELECT uuid, event_name, sender FROM ${s}.pending WHERE uuid = ANY ($1::uuid[])
        UNION ALL SELECT uuid, event_name, sender FROM ${s}.dead WHERE uuid = ANY ($1::uuid[])
        UNION ALL SELECT uuid, event_name, sender FROM ${s}.delivered_events WHERE uuid = ANY ($1::uuid[])
      ) AS known GROUP BY 1`,

    buryRejected: `SELECT ${s}.bury_rejected($2, $3, $4, $5, $6, $7, ${NOW}, $8, $9, $10, $11) AS stored`,

    // A row that another claim has leased since this statement began is let go at ON CONFLICT. An ended lease means that
    // the claim that held it may have brought the event to HubSpot.
    claim: (from: ClaimFrom) => `WITH due AS (
        SELECT seq, bytes, due_at, event, attempts, suspicion, enqueued_at,
          may_have_arrived OR EXISTS (SELECT FROM ${s}.lease WHERE lease.seq = p.seq) AS may_have_arrived
        FROM ${s}.pending p
        WHERE ${CLAIMED_KIND[from]}
          AND due_at <= ${NOW} AND (due_at, seq) > ($6::bigint, $7::bigint) AND ${leaseEnd} <= ${NOW}
          AND NOT EXISTS (SELECT FROM ${s}.pause)
        ORDER BY ${CLAIMED_ORDER[from]} LIMIT $2 FOR UPDATE OF p SKIP LOCKED
      ), sized AS (
        SELECT seq, sum(bytes) OVER w AS total, row_number() OVER w AS position FROM due
        WINDOW w AS (ORDER BY ${CLAIMED_ORDER[from]})
      ), leased AS (
        INSERT INTO ${s}.lease (seq, claim, until)
        SELECT seq, $5, ${NOW} + $4::bigint FROM sized WHERE total <= $3 OR position = 1
        ON CONFLICT (seq) DO UPDATE SET claim = excluded.claim, until = excluded.until
        WHERE lease.until <= ${NOW} RETURNING seq
      ), marked AS (
        UPDATE ${s}.pending p SET may_have_arrived = true FROM due JOIN leased USING (seq)
        WHERE p.seq = due.seq AND due.may_have_arrived AND NOT p.may_have_arrived
      ) SELECT seq, event, attempts, suspicion, may_have_arrived, enqueued_at, due_at
      FROM due JOIN leased USING (seq) ORDER BY ${CLAIMED_ORDER[from]}`,

    ack: `WITH ${held}, ${taken}, done AS (
        INSERT INTO ${s}.delivered_events (uuid, event_name, sender, at)
        SELECT uuid, event_name, sender, ${NOW} FROM taken
        ON CONFLICT (uuid, event_name, sender) DO UPDATE SET at = excluded.at
      ) UPDATE ${s}.counters SET delivered = delivered + ${count('taken')},
        pending = pending - ${count('taken')}, bytes = bytes - ${sumOf('taken')} WHERE shard = $4`,

    retry: `WITH ${held} UPDATE ${s}.pending p SET due_at = ${NOW} + $4::bigint, attempts = attempts + $5, error = coalesce($6, error),
        suspicion = greatest(suspicion + $7, $8), may_have_arrived = may_have_arrived OR $9
      FROM held WHERE p.seq = held.seq`,

    bury: `WITH ${held}, ${taken}, ${kept(7)}, done AS (
        INSERT INTO ${s}.dead ${deadColumns}
        SELECT uuid, sender, event, bytes, utk, event_name, $5, $6, attempts + 1, enqueued_at, ${NOW}, true FROM kept
      ), ${counted("CASE $5 WHEN 'expired' THEN 0 ELSE 1 END")} ${dropped}`,

    expire: `WITH old AS (
        SELECT seq, EXISTS (SELECT FROM ${s}.lease WHERE lease.seq = p.seq) AS was_claimed
        FROM ${s}.pending p WHERE enqueued_at <= ${NOW} - $2::bigint AND ${leaseEnd} <= ${NOW} LIMIT $3 FOR UPDATE OF p SKIP LOCKED
      ), freed AS (DELETE FROM ${s}.lease USING old WHERE lease.seq = old.seq
      ), taken AS (DELETE FROM ${s}.pending p USING old WHERE p.seq = old.seq RETURNING p.*, old.was_claimed
      ), ${kept(6)}, done AS (
        INSERT INTO ${s}.dead ${deadColumns}
        SELECT uuid, sender, event, bytes, utk, event_name, 'expired', coalesce(error, $4), attempts, enqueued_at, ${NOW},
          may_have_arrived OR was_claimed FROM kept
      ), ${counted('0', 5)} ${dropped}, ${count('taken')} AS count`,

    forgetDelivered: `WITH gone AS (
        DELETE FROM ${s}.delivered_events WHERE (uuid, event_name, sender) IN (
          SELECT uuid, event_name, sender FROM ${s}.delivered_events WHERE at <= ${NOW} - $2::bigint LIMIT $3
        ) RETURNING uuid
      ), unnamed AS (
        DELETE FROM ${s}.delivered WHERE uuid IN (
          SELECT uuid FROM ${s}.delivered WHERE at <= ${NOW} - $2::bigint LIMIT $3) RETURNING uuid
      ) SELECT greatest(${count('gone')}, ${count('unnamed')}) AS count`,

    forgetPending: (key: ErasureKey) => `WITH taken AS (
        DELETE FROM ${s}.pending WHERE ${subjectCondition(key, { field })[0].replace('#', '$1')} RETURNING seq, bytes
      ), freed AS (DELETE FROM ${s}.lease USING taken WHERE lease.seq = taken.seq
      ), counted AS (
        UPDATE ${s}.counters SET removed = removed + ${count('taken')},
          pending = pending - ${count('taken')}, bytes = bytes - ${sumOf('taken')} WHERE shard = $2
      ) SELECT ${count('taken')} AS count`,

    pause: `INSERT INTO ${s}.pause (since) VALUES (${NOW}) ON CONFLICT DO NOTHING`,

    resume: `DELETE FROM ${s}.pause`,

    makeDue: `WITH moved AS (
        UPDATE ${s}.pending SET due_at = ${NOW} WHERE seq IN (
          SELECT seq FROM ${s}.pending WHERE due_at > ${NOW} LIMIT $2 FOR UPDATE SKIP LOCKED
        ) RETURNING seq
      ) SELECT ${count('moved')} AS count`,

    stats: `SELECT sum(accepted)::bigint AS accepted, sum(delivered)::bigint AS delivered, sum(dead)::bigint AS dead,
        sum(pending)::bigint AS pending, sum(removed)::bigint AS removed,
        sum(dropped_refused)::bigint AS dropped_refused, sum(dropped_expired)::bigint AS dropped_expired,
        (SELECT count(*) FROM ${s}.lease WHERE until > ${NOW}) AS claimed,
        (SELECT min(enqueued_at) FROM ${s}.pending) AS oldest,
        (SELECT min(due_at) FROM ${s}.pending WHERE suspicion = 0) AS fresh_due,
        (SELECT due_at FROM ${s}.pending p WHERE suspicion = 0 AND ${leaseEnd} <= ${NOW} ORDER BY due_at LIMIT 1) AS free,
        (SELECT due_at FROM ${s}.pending p WHERE suspicion > 0 AND ${leaseEnd} <= ${NOW} ORDER BY due_at LIMIT 1) AS suspect,
        (SELECT min(until) FROM ${s}.lease WHERE until > ${NOW}) AS leased,
        (SELECT min(until) FROM ${s}.lease JOIN ${s}.pending USING (seq)
          WHERE until > ${NOW} AND suspicion > 0) AS suspect_leased,
        (SELECT since FROM ${s}.pause) AS paused
      FROM ${s}.counters`,

    mergeDeadBytes: `WITH gone AS (
        DELETE FROM ${s}.dead_bytes WHERE ctid IN (SELECT ctid FROM ${s}.dead_bytes FOR UPDATE SKIP LOCKED) RETURNING delta
      ) INSERT INTO ${s}.dead_bytes SELECT sum(delta) FROM gone HAVING count(*) > 0`,

    lastDead: `SELECT coalesce(max(seq), 0) AS seq FROM ${s}.dead`,

    list: (filter: string) => `SELECT ${DEAD_COLUMNS} FROM ${s}.dead
      WHERE (died_at, seq) < ($1::bigint, $2::bigint) AND ${filter} ORDER BY died_at DESC, seq DESC LIMIT $3`,

    replay: (filter: string) => `WITH ${takenDead(s, filter)}, back AS (
        INSERT INTO ${s}.pending (uuid, sender, event, bytes, utk, enqueued_at, due_at, may_have_arrived)
        SELECT uuid, sender, event, bytes, utk, ${NOW}, ${NOW}, attempts > 0 OR may_have_arrived FROM taken ORDER BY uuid
      ), counted AS (
        UPDATE ${s}.counters SET dead = dead - ${count('taken')}, pending = pending + ${count('taken')}
        WHERE shard = $4
      ) SELECT ${count('taken')} AS count`,

    purge: (filter: string) => `WITH ${takenDead(s, filter)}, counted AS (
        UPDATE ${s}.counters SET dead = dead - ${count('taken')}, removed = removed + ${count('taken')},
          bytes = bytes - ${sumOf('taken')} WHERE shard = $4 AND ${TIME_UNUSED}
      ) SELECT ${count('taken')} AS count`,
  };
}

const takenDead = (s: string, filter: string) => `taken AS (
    DELETE FROM ${s}.dead WHERE seq IN (
      SELECT seq FROM ${s}.dead WHERE seq <= $2 AND ${filter} LIMIT $3 FOR UPDATE SKIP LOCKED
    ) RETURNING uuid, sender, event, bytes, utk, attempts, may_have_arrived)`;

/** Escapes that Postgres refuses to read: of NUL and of half a surrogate pair. */
const UNREADABLE = String.raw`'\\u(0000|d[89a-f][0-9a-f]{2})'`;

/** Few events have an e-mail address or a record's ID: only those are read as JSON. */
const field = (name: SubjectField) =>
  name === 'utk'
    ? 'utk'
    : `CASE WHEN position('"${name}":' IN event) > 0
        THEN regexp_replace(event, ${UNREADABLE}, ${String.raw`'\\n'`}, 'g')::json ->> '${name}' END`;

/** A filter's parameters are numbered after the `offset` that stand before them. */
export const dialectAfter = (offset: number): Dialect => ({
  parameter: (index) => `$${offset + index + 1}`,
  uuidAmong: 'uuid = ANY (#::uuid[])',
  uuidList: (uuids) => uuids.filter((uuid) => UUID.test(uuid)),
  field,
});
