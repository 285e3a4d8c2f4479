import { FULL } from './full.ts';

// The text of functions that more than one migration defines. The text that a released migration was made of must stay as it is.

/** @param more how many events must fit, in the words of the function */
export const enqueueEvents = (
  create: 'CREATE' | 'CREATE OR REPLACE',
  more: string,
) => `  -- Returns the keys of the events that were new.
  ${create} FUNCTION @.enqueue_events(
    uuids uuid[], senders text[], events text[], sizes integer[], utks text[], now_ms bigint,
    max_events bigint, max_bytes bigint, counter_shard integer
  ) RETURNS text[] LANGUAGE plpgsql SET enable_seqscan = off AS $$
  DECLARE
    seqs bigint[];
    added_uuids uuid[];
    page_uuids uuid[];
    suspects uuid[];
    stored text[];
    known text[];
    stored_bytes bigint;
    known_bytes bigint;
    superseded bigint := 0;
    superseded_bytes bigint := 0;
  BEGIN
    -- In one order in every transaction: no deadlocks.
    WITH added AS (
      INSERT INTO @.pending (uuid, sender, event, bytes, utk, enqueued_at, due_at)
      SELECT e.uuid, e.sender, e.event, e.size, e.utk, now_ms, now_ms
      FROM unnest(uuids, senders, events, sizes, utks) AS e (uuid, sender, event, size, utk) ORDER BY e.uuid, e.sender
      ON CONFLICT (uuid, event_name, sender) DO NOTHING
      RETURNING pending.seq, pending.uuid, pending.event_name, pending.sender, pending.bytes
    ) SELECT coalesce(array_agg(a.seq), '{}'), coalesce(array_agg(a.uuid), '{}'),
        coalesce(array_agg(a.uuid) FILTER (WHERE a.sender = 'page'), '{}'),
        coalesce(array_agg(@.event_key(a.uuid, a.event_name, a.sender)), '{}'), coalesce(sum(a.bytes), 0)
      INTO seqs, added_uuids, page_uuids, stored, stored_bytes FROM added a;

    -- Each statement of a function sees what was committed before it began: also an event that moved from pending to
    -- delivered or dead while the INSERT waited for it.
    suspects := ARRAY(
      SELECT d.uuid FROM @.delivered_events d WHERE d.uuid = ANY (added_uuids)
      UNION ALL SELECT d.uuid FROM @.delivered d WHERE d.uuid = ANY (added_uuids)
      UNION ALL SELECT d.uuid FROM @.dead d WHERE d.uuid = ANY (added_uuids)
      UNION ALL SELECT o.uuid FROM @.pending o WHERE o.uuid = ANY (page_uuids) AND o.sender = 'server'
    );
    IF cardinality(suspects) > 0 THEN
      WITH gone AS (
        DELETE FROM @.dead d USING @.pending p
        WHERE p.seq = ANY (seqs) AND p.uuid = ANY (suspects)
          AND d.uuid = p.uuid AND d.event_name = p.event_name AND d.sender = p.sender
          AND (d.reason = 'rejected_by_policy' OR (d.reason = 'refused_by_hubspot' AND d.event <> p.event))
        RETURNING d.bytes
      ) SELECT count(*), coalesce(sum(gone.bytes), 0) INTO superseded, superseded_bytes FROM gone;

      -- An event of a page is also known as a server's with the same uuid, which came first.
      WITH gone AS (
        DELETE FROM @.pending p WHERE p.seq = ANY (seqs) AND p.uuid = ANY (suspects) AND (
          EXISTS (SELECT FROM @.delivered d WHERE d.uuid = p.uuid)
          OR EXISTS (SELECT FROM @.delivered_events d WHERE d.uuid = p.uuid AND d.event_name = p.event_name
            AND d.sender IN (p.sender, 'server'))
          OR EXISTS (SELECT FROM @.dead d WHERE d.uuid = p.uuid AND d.event_name = p.event_name
            AND d.sender IN (p.sender, 'server'))
          OR EXISTS (SELECT FROM @.pending o WHERE o.uuid = p.uuid AND o.event_name = p.event_name
            AND o.sender = 'server' AND p.sender = 'page')
        ) RETURNING @.event_key(p.uuid, p.event_name, p.sender) AS key, p.bytes
      ) SELECT coalesce(array_agg(gone.key), '{}'), coalesce(sum(gone.bytes), 0) INTO known, known_bytes FROM gone;
      stored := ARRAY(SELECT unnest(stored) EXCEPT SELECT unnest(known));
      stored_bytes := stored_bytes - known_bytes;
    END IF;

    IF cardinality(stored) = 0 AND superseded = 0 THEN
      RETURN stored;
    END IF;
    IF NOT @.fits(${more}, stored_bytes - superseded_bytes, max_events, max_bytes) THEN
      RAISE EXCEPTION 'The outbox is full.' USING ERRCODE = '${FULL}';
    END IF;
    UPDATE @.counters c SET accepted = c.accepted + cardinality(stored), pending = c.pending + cardinality(stored),
      dead = c.dead - superseded, removed = c.removed + superseded, bytes = c.bytes + stored_bytes - superseded_bytes
    WHERE c.shard = counter_shard;
    RETURN stored;
  END $$;

`;

/** @param fits the function that says whether there is room */
export const buryRejected = (fits: string) => `  CREATE OR REPLACE FUNCTION @.bury_rejected(
    new_uuid uuid, new_event text, size integer, new_utk text, new_event_name text, new_error text, now_ms bigint,
    max_rejected bigint, max_events bigint, max_bytes bigint, counter_shard integer
  ) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
  BEGIN
    IF NOT @.${fits}(1, size, max_events, max_bytes)
      OR EXISTS (SELECT FROM @.pending p WHERE p.uuid = new_uuid AND p.event_name = new_event_name)
      OR EXISTS (SELECT FROM @.dead d WHERE d.uuid = new_uuid AND d.event_name = new_event_name)
      OR EXISTS (SELECT FROM @.delivered_events d WHERE d.uuid = new_uuid AND d.event_name = new_event_name)
      OR EXISTS (SELECT FROM @.delivered d WHERE d.uuid = new_uuid)
      OR (SELECT count(*) FROM (
           SELECT FROM @.dead WHERE reason = 'rejected_by_policy' LIMIT max_rejected) AS capped) >= max_rejected
    THEN
      RETURN false;
    END IF;
    INSERT INTO @.dead (uuid, event, bytes, utk, event_name, reason, error, attempts, first_at, died_at)
    VALUES (new_uuid, new_event, size, new_utk, new_event_name, 'rejected_by_policy', new_error, 0, now_ms, now_ms)
    ON CONFLICT (uuid, event_name, sender) DO NOTHING;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
    UPDATE @.counters c SET accepted = c.accepted + 1, dead = c.dead + 1, bytes = c.bytes + size
    WHERE c.shard = counter_shard;
    RETURN true;
  END $$;
`;
