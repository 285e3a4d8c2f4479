import type { DatabaseSync } from 'node:sqlite';
import { GO_BACK } from '../newer-version.ts';

/** "hrob" in ASCII: tells an outbox from any other SQLite file. */
const APPLICATION_ID = 0x68726f62;

/**
 * Each step leads from the version before to its own, in one transaction; `PRAGMA user_version` is the number of steps
 * taken. A step that has been released is never changed.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE pending (
    seq INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL,
    event TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    utk TEXT,
    enqueued_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT
  ) STRICT;
  CREATE INDEX pending_due ON pending (due_at);
  CREATE INDEX pending_age ON pending (enqueued_at);

  CREATE TABLE dead (
    seq INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL,
    event TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    utk TEXT,
    event_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    error TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    died_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX dead_time ON dead (died_at);
  CREATE INDEX dead_uuid ON dead (uuid);
  CREATE INDEX dead_reason ON dead (reason);
  CREATE INDEX dead_utk ON dead (utk);

  CREATE TABLE delivered (seq INTEGER PRIMARY KEY, uuid TEXT NOT NULL, at INTEGER NOT NULL) STRICT;

  CREATE TABLE known (uuid ANY PRIMARY KEY) STRICT, WITHOUT ROWID;

  CREATE TABLE counters (
    accepted INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    dead INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    known_seq INTEGER NOT NULL
  ) STRICT;
  INSERT INTO counters VALUES (0, 0, 0, 0, 0, 0, 0, 0);
  `,
  'CREATE TABLE pause (since INTEGER NOT NULL) STRICT;',
  // Events that were in a failed call are claimed apart from the others. A claim that a crash left open may have brought its
  // events to HubSpot.
  `
  ALTER TABLE pending ADD COLUMN suspicion INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE pending ADD COLUMN may_have_arrived INTEGER NOT NULL DEFAULT 0;
  DROP INDEX pending_due;
  CREATE INDEX pending_fresh ON pending (due_at) WHERE suspicion = 0;
  CREATE INDEX pending_suspect ON pending (due_at) WHERE suspicion > 0;
  CREATE INDEX pending_new_suspect ON pending (suspicion, due_at DESC, seq DESC)
    WHERE suspicion > 0 AND suspicion <= 2;
  CREATE TABLE open_claim (claim INTEGER PRIMARY KEY, seqs TEXT NOT NULL, open INTEGER NOT NULL) STRICT;
  `,

  // An event is known by uuid and name. What was delivered before this step was noted without its name: until the window of
  // resends has passed it stands for every event with its uuid.
  `
  CREATE TABLE delivered_unnamed (uuid TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO delivered_unnamed SELECT uuid, at FROM delivered;
  DELETE FROM delivered;
  ALTER TABLE delivered RENAME COLUMN uuid TO key;
  DELETE FROM known;
  ALTER TABLE known RENAME COLUMN uuid TO key;
  INSERT OR IGNORE INTO known
    SELECT CAST(unhex(replace(uuid, '-', '')) || name AS BLOB) FROM (
      SELECT uuid, event ->> 'eventName' AS name FROM pending UNION ALL SELECT uuid, event_name FROM dead
    ) ORDER BY uuid, name;
  UPDATE counters SET known_seq = seq;
  ALTER TABLE pending ADD COLUMN sender TEXT NOT NULL DEFAULT 'page';
  ALTER TABLE dead ADD COLUMN sender TEXT NOT NULL DEFAULT 'page';
  `,
  // Also an event that died without a try that counted may be at HubSpot.
  'ALTER TABLE dead ADD COLUMN may_have_arrived INTEGER NOT NULL DEFAULT 0;',

  // The outbox keeps its own time. What waits absurdly long waits because of a clock that was wrong.
  `
  ALTER TABLE counters ADD COLUMN last_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE counters ADD COLUMN last_wall INTEGER NOT NULL DEFAULT 0;
  UPDATE counters SET last_at = max(
    (SELECT coalesce(max(enqueued_at), 0) FROM pending), (SELECT coalesce(max(died_at), 0) FROM dead),
    (SELECT coalesce(max(at), 0) FROM delivered), (SELECT coalesce(max(at), 0) FROM delivered_unnamed));
  UPDATE counters SET last_wall = last_at;
  UPDATE pending SET due_at = enqueued_at WHERE due_at > (SELECT last_at FROM counters) + 90000000;
  `,
  // Dead letters have limits of their own.
  `
  ALTER TABLE counters ADD COLUMN dead_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE counters ADD COLUMN dropped_refused INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE counters ADD COLUMN dropped_expired INTEGER NOT NULL DEFAULT 0;
  UPDATE counters SET dead_bytes = (SELECT coalesce(sum(bytes), 0) FROM dead);
  `,
];

/** @throws when the file belongs to something else or to a newer version; it is not touched then. */
export function recognise(db: DatabaseSync): void {
  const tables = db.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count;
  if (tables !== 0 && numberOf(db, 'application_id') !== APPLICATION_ID) {
    throw new Error('It is a SQLite database, but not an outbox. Use another path.');
  }
  const version = numberOf(db, 'user_version');
  if (version > migrations.length) {
    throw new Error(
      `It was written by a newer version (schema ${version}, this one knows ${migrations.length}). ${GO_BACK}`,
    );
  }
}

/** Brings the tables to the version of this code. */
export function migrate(db: DatabaseSync, steps = migrations): void {
  const version = numberOf(db, 'user_version');
  // Only when it is new: a disk that is full takes no write, and must be able to drain.
  if (version === 0) db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  for (const [index, sql] of steps.slice(version).entries()) {
    db.exec(`BEGIN; ${sql} PRAGMA user_version = ${version + index + 1}; COMMIT;`);
  }
}

/** Of a file that rows were copied into. */
export function recount(db: DatabaseSync): void {
  db.exec(`BEGIN;
    UPDATE counters SET
      pending = (SELECT count(*) FROM pending),
      dead = (SELECT count(*) FROM dead),
      bytes = (SELECT coalesce(sum(bytes), 0) FROM (SELECT bytes FROM pending UNION ALL SELECT bytes FROM dead)),
      dead_bytes = (SELECT coalesce(sum(bytes), 0) FROM dead),
      delivered = (SELECT count(*) FROM delivered),
      seq = (SELECT coalesce(max(seq), 0) FROM (
        SELECT seq FROM counters UNION ALL SELECT max(seq) FROM pending
        UNION ALL SELECT max(seq) FROM dead UNION ALL SELECT max(seq) FROM delivered)),
      known_seq = 0,
      last_at = max((SELECT coalesce(max(enqueued_at), 0) FROM pending), (SELECT coalesce(max(died_at), 0) FROM dead));
    UPDATE counters SET last_wall = last_at;
    UPDATE counters SET accepted = delivered + dead + pending;
    COMMIT;`);
}

function numberOf(db: DatabaseSync, pragma: string): number {
  return Number(db.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}
