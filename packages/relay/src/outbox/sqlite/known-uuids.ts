import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Tells new events from resends: a uuid is known while it is pending, dead, or remembered as delivered. */
export class KnownUuids {
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #deleteOld: StatementSync;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare(
      `SELECT 1 FROM pending WHERE uuid = ?1 UNION ALL SELECT 1 FROM delivered WHERE uuid = ?1
       UNION ALL SELECT 1 FROM dead WHERE uuid = ?1 LIMIT 1`,
    );
    this.#add = db.prepare('INSERT OR REPLACE INTO delivered (uuid, at) VALUES (?, ?)');
    this.#deleteOld = db.prepare(
      'DELETE FROM delivered WHERE uuid IN (SELECT uuid FROM delivered WHERE at <= ? LIMIT ?)',
    );
  }

  /** Those of the events that are new, each uuid once. */
  unknownOf<T extends { readonly uuid: string }>(events: readonly T[]): T[] {
    const seen = new Set<string>();
    return events.filter(({ uuid }) => {
      if (seen.has(uuid)) return false;
      seen.add(uuid);
      return this.#find.get(uuid) === undefined;
    });
  }

  addDelivered(uuid: string, now: number): void {
    this.#add.run(uuid, now);
  }

  /** Forgets up to `limit` that were delivered at or before `time`. @returns how many */
  forgetDelivered(time: number, limit: number): number {
    return Number(this.#deleteOld.run(time, limit).changes);
  }
}
