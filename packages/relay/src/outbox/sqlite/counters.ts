import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** What the outbox holds and has seen, kept beside the tables so that nobody has to count rows. */
export interface Counters {
  accepted: number;
  delivered: number;
  dead: number;
  pending: number;
  removed: number;
  /** Of pending events and dead letters. */
  bytes: number;
}

/**
 * The counters in memory, written once per transaction. That is safe because this process alone writes the file, and
 * true after a crash because they are in the same transaction as what they count.
 */
export class CounterRow {
  readonly #save: StatementSync;
  #saved: Counters;
  current: Counters;

  constructor(db: DatabaseSync) {
    const row = db.prepare(
      'SELECT accepted, delivered, dead, pending, removed, bytes FROM counters',
    );
    this.#save = db.prepare(
      'UPDATE counters SET accepted = ?, delivered = ?, dead = ?, pending = ?, removed = ?, bytes = ?',
    );
    this.#saved = { ...(row.get() as unknown as Counters) };
    this.current = { ...this.#saved };
  }

  /** The last write of a transaction. A transaction that moved no event writes nothing, and so costs no fsync. */
  save(): void {
    const { accepted, delivered, dead, pending, removed, bytes } = this.current;
    const moved = Object.entries(this.#saved).some(
      ([name, value]) => value !== this.current[name as keyof Counters],
    );
    if (moved) this.#save.run(accepted, delivered, dead, pending, removed, bytes);
  }

  committed(): void {
    this.#saved = { ...this.current };
  }

  rolledBack(): void {
    this.current = { ...this.#saved };
  }
}
