import { PENDING_COLUMNS, type PendingDialect, SCAN_SLICE } from '../pending-rows.ts';
import { fittingAmongDead, NOW, UUID } from './expressions.ts';

const UUID_AMONG = 'uuid = ANY (';

/**
 * SQL of an owner's look at pending events. `$1` is the time, or null, `$2` the row number after which to look, `$3` how many
 * rows to find; the values of the filter come last. `s` is the schema, quoted.
 */
export function pendingStatementsFor(s: string) {
  const leaseEnd = `coalesce((SELECT until FROM ${s}.lease WHERE lease.seq = p.seq), 0)`;
  // An index finds uuids: there is nothing to go over range by range.
  const endFor = (filter: string) =>
    filter.includes(UUID_AMONG)
      ? `(SELECT max(seq) FROM ${s}.pending WHERE seq > $2::bigint)`
      : `(SELECT max(seq) FROM (
          SELECT seq FROM ${s}.pending WHERE seq > $2::bigint ORDER BY seq LIMIT ${SCAN_SLICE}) AS range)`;
  const matching = (filter: string) =>
    `seq > $2::bigint AND seq <= ${endFor(filter)} AND ${filter}`;
  const count = '(SELECT count(*) FROM taken)';
  const bytes = '(SELECT coalesce(sum(bytes), 0) FROM taken)';
  // $4 is the last row number of the order, $5 the shard of the counters.
  const taken = (filter: string, fitting: string) => `range AS (SELECT ${endFor(filter)} AS last
    ), found AS (
      SELECT seq, bytes, EXISTS (SELECT FROM ${s}.lease WHERE lease.seq = p.seq) AS was_claimed FROM ${s}.pending p
      WHERE ${matching(filter)} AND seq <= $4::bigint AND ${leaseEnd} <= ${NOW}
      ORDER BY seq LIMIT $3 FOR UPDATE OF p SKIP LOCKED
    ), fitting AS (${fitting}
    ), freed AS (DELETE FROM ${s}.lease USING fitting WHERE lease.seq = fitting.seq
    ), taken AS (
      DELETE FROM ${s}.pending p USING fitting WHERE p.seq = fitting.seq RETURNING p.*, fitting.was_claimed
    )`;
  // The end is also where there is no more room.
  const result = `SELECT ${count} AS count, CASE
      WHEN ${count} < (SELECT count(*) FROM found) THEN NULL
      WHEN ${count} < $3 THEN (SELECT last FROM range) ELSE (SELECT max(seq) FROM taken) END AS last`;
  const ALL = 'SELECT * FROM found';

  return {
    last: `SELECT coalesce(max(seq), 0) AS seq FROM ${s}.pending`,

    list: (filter: string) => `SELECT ${PENDING_COLUMNS}, ${leaseEnd} > ${NOW} AS is_claimed
      FROM ${s}.pending p WHERE ${matching(filter)} ORDER BY seq LIMIT $3`,

    /** Where a look after `$1` ends; null when there is nothing to look at. */
    end: (filter: string) => `SELECT ${endFor(filter).replace('$2', '$1')} AS last`,

    bury: (filter: string) => `WITH ${taken(filter, fittingAmongDead(s, 'found', 7))}, done AS (
        INSERT INTO ${s}.dead
          (uuid, sender, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at, may_have_arrived)
        SELECT uuid, sender, event, bytes, utk, event_name, 'buried_by_operator', coalesce(error, $6), attempts,
          enqueued_at, ${NOW}, may_have_arrived OR was_claimed FROM taken
      ), counted AS (
        UPDATE ${s}.counters SET dead = dead + ${count}, pending = pending - ${count} WHERE shard = $5
      ) ${result}`,

    purge: (filter: string) => `WITH ${taken(filter, ALL)}, counted AS (
        UPDATE ${s}.counters SET removed = removed + ${count}, pending = pending - ${count},
          bytes = bytes - ${bytes} WHERE shard = $5 AND $6::text IS NOT NULL AND $7::bigint IS NOT NULL AND $8::bigint IS NOT NULL
      ) ${result}`,
  };
}

/** A filter's parameters are numbered after the `offset` that stand before them. */
export const pendingDialectAfter = (offset: number): PendingDialect => ({
  parameter: (index) => `$${offset + index + 1}`,
  uuidAmong: `${UUID_AMONG}#::uuid[])`,
  uuidList: (uuids) => uuids.filter((uuid) => UUID.test(uuid)),
  eventName: 'event_name',
  // In JSON a quote within text is escaped, so this stands for the key alone.
  lastStatus: `substring(error from '"status":([0-9]+)')::integer`,
});
