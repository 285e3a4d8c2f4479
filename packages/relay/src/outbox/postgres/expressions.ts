/** The clock that the outbox was given, or the time of the database. */
export const NOW = 'coalesce($1::bigint, (extract(epoch FROM now()) * 1000)::bigint)';

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The first of some events that fit among the dead letters, as a query.
 * @param events a table or CTE with `seq` and `bytes`
 * @param first number of the parameter with the most dead letters; the one behind it has their most bytes
 */
export const fittingAmongDead = (schema: string, events: string, first: number) =>
  `SELECT sized.* FROM (
      SELECT ${events}.*, row_number() OVER w AS position, sum(bytes) OVER w AS total FROM ${events} WINDOW w AS (ORDER BY seq)
    ) AS sized, (
      SELECT $${first}::bigint - sum(dead) AS events,
        $${first + 1}::bigint - (SELECT coalesce(sum(delta), 0) FROM ${schema}.dead_bytes) AS bytes FROM ${schema}.counters
    ) AS room WHERE position <= room.events AND total <= room.bytes`;
