import { buryRejected, enqueueEvents } from './functions.ts';

/**
 * The migration after which dead letters have limits of their own. Their bytes are kept as what each statement added or took
 * away, by triggers: no row that writers would wait for, and right also while a relay of the version before goes on.
 */
export const deadLimits = `
  CREATE TABLE @.dead_bytes (delta bigint NOT NULL);
  INSERT INTO @.dead_bytes SELECT coalesce(sum(bytes), 0) FROM @.dead;
  CREATE FUNCTION @.add_dead_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO @.dead_bytes SELECT sum(bytes) FROM changed HAVING count(*) > 0;
    RETURN NULL;
  END $$;
  CREATE FUNCTION @.take_dead_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO @.dead_bytes SELECT -sum(bytes) FROM changed HAVING count(*) > 0;
    RETURN NULL;
  END $$;
  CREATE TRIGGER dead_added AFTER INSERT ON @.dead REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION @.add_dead_bytes();
  CREATE TRIGGER dead_taken AFTER DELETE ON @.dead REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION @.take_dead_bytes();

  ALTER TABLE @.counters ADD COLUMN dropped_refused bigint NOT NULL DEFAULT 0,
    ADD COLUMN dropped_expired bigint NOT NULL DEFAULT 0;

  CREATE OR REPLACE FUNCTION @.fits(more bigint, more_bytes bigint, max_events bigint, max_bytes bigint) RETURNS boolean
  LANGUAGE sql AS $$
    SELECT sum(pending) + more <= max_events
      AND sum(bytes) - (SELECT coalesce(sum(delta), 0) FROM @.dead_bytes) + more_bytes <= max_bytes FROM @.counters
  $$;
  CREATE FUNCTION @.dead_fits(more bigint, more_bytes bigint, max_dead bigint, max_dead_bytes bigint) RETURNS boolean
  LANGUAGE sql AS $$
    SELECT sum(dead) + more <= max_dead
      AND (SELECT coalesce(sum(delta), 0) FROM @.dead_bytes) + more_bytes <= max_dead_bytes FROM @.counters
  $$;

  -- What is superseded is dead: it makes no room among the pending events.
${enqueueEvents('CREATE OR REPLACE', 'cardinality(stored)')}${buryRejected('dead_fits')}`;
