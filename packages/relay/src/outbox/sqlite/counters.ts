import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** What the outbox holds and has seen, kept beside the tables so that rows need not be counted. */
export interface Counters {
  accepted: number;
  delivered: number;
  dead: number;
  pending: number;
  removed: number;
  /** Of pending events and dead letters. */
  bytes: number;
  /** Of dead letters. */
  dead_bytes: number;
  /** How many that HubSpot refused had no room among the dead letters. */
  dropped_refused: number;
  /** The same of those that expired. */
  dropped_expired: number;
  /** The last row number given out. One sequence for all tables: whatever comes later has a higher number. */
  seq: number;
  /** The uuids of all rows up to this number are in the table `known`. */
  known_seq: number;
  /** The time of the last transaction that was written, by the outbox's own clock. */
  last_at: number;
  /** The time of day then. */
  last_wall: number;
}

const NAMES = [
  'accepted',
  'delivered',
  'dead',
  'pending',
  'removed',
  'bytes',
  'dead_bytes',
  'dropped_refused',
  'dropped_expired',
  'seq',
  'known_seq',
] as const satisfies (keyof Counters)[];

const TIMES = ['last_at', 'last_wall'] as const satisfies (keyof Counters)[];
const COLUMNS = [...NAMES, ...TIMES];

/** Time alone is not worth a write each second. */
const TIME_WRITTEN_EVERY_MS = 60_000;

/**
 * The counters in memory, written once per transaction. That is safe because this process alone writes the file, and
 * true after a crash because they are in the same transaction as what they count.
 */
export class CounterRow {
  readonly #save: StatementSync;
  #saved: Counters;
  current: Counters;

  constructor(db: DatabaseSync) {
    const row = db.prepare(`SELECT ${COLUMNS.join(', ')} FROM counters`).get();
    this.#save = db.prepare(
      `UPDATE counters SET ${COLUMNS.map((name) => `${name} = ?`).join(', ')}`,
    );
    this.#saved = { ...(row as unknown as Counters) };
    this.current = { ...this.#saved };
  }

  nextSeq(): number {
    this.current.seq += 1;
    return this.current.seq;
  }

  /** The last write of a transaction. One that changed no counter, as a claim, writes nothing and costs no fsync. */
  save(): void {
    const isSame = NAMES.every((name) => this.current[name] === this.#saved[name]);
    if (isSame && this.current.last_at < this.#saved.last_at + TIME_WRITTEN_EVERY_MS) return;
    this.#save.run(...COLUMNS.map((name) => this.current[name]));
  }

  committed(): void {
    this.#saved = { ...this.current };
  }

  rolledBack(): void {
    this.current = { ...this.#saved };
  }
}
