import { buryRejected, enqueueEvents } from './functions.ts';

/**
 * The migration after which an event is known by its uuid, its name and its kind of sender. Relays of the version before go on
 * while this one starts: what they call is still there. What they note as delivered has no name, and stands for every event
 * with its uuid.
 */
export const keysOfEvents = `
  ALTER TABLE @.pending ADD COLUMN sender text NOT NULL DEFAULT 'page',
    ADD COLUMN event_name text NOT NULL
      GENERATED ALWAYS AS (coalesce(substring(event from '"eventName":"([^"]*)"'), '')) STORED;
  ALTER TABLE @.pending DROP CONSTRAINT pending_uuid_key, ADD CONSTRAINT pending_key UNIQUE (uuid, event_name, sender);
  ALTER TABLE @.dead ADD COLUMN sender text NOT NULL DEFAULT 'page';
  ALTER TABLE @.dead DROP CONSTRAINT dead_uuid_key, ADD CONSTRAINT dead_key UNIQUE (uuid, event_name, sender);
  CREATE TABLE @.delivered_events (
    uuid uuid NOT NULL, event_name text NOT NULL, sender text NOT NULL, at bigint NOT NULL,
    PRIMARY KEY (uuid, event_name, sender)
  );
  CREATE INDEX delivered_events_time ON @.delivered_events (at);

  -- outboxKey in SQL.
  CREATE FUNCTION @.event_key(uuid uuid, event_name text, sender text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT uuid || ' ' || event_name || CASE sender WHEN 'server' THEN ' server' ELSE '' END
  $$;

${enqueueEvents('CREATE', 'cardinality(stored) - superseded')}  CREATE OR REPLACE FUNCTION @.enqueue(
    uuids uuid[], events text[], sizes integer[], utks text[], now_ms bigint,
    max_events bigint, max_bytes bigint, counter_shard integer
  ) RETURNS uuid[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(left(key, 36)::uuid), '{}') FROM unnest(@.enqueue_events(
      uuids, array_fill('page'::text, ARRAY[cardinality(uuids)]), events, sizes, utks, now_ms,
      max_events, max_bytes, counter_shard)) AS key
  $$;

${buryRejected('fits')}`;
