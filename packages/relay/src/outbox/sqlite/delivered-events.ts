import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventKey } from '../../hubspot/event.ts';
import { KEY_OF_PENDING } from './columns.ts';
import type { CounterRow } from './counters.ts';
import type { KnownKeys } from './known-keys.ts';

/** The keys of delivered events, in order of delivery, for as long as resends may come. */
export class DeliveredEvents {
  readonly #counters: CounterRow;
  readonly #known: KnownKeys;
  readonly #add: StatementSync;
  readonly #first: StatementSync;
  readonly #deleteUpTo: StatementSync;
  readonly #unnamed: StatementSync;
  readonly #deleteUnnamed: StatementSync;
  #lastAt: number;

  constructor(db: DatabaseSync, counters: CounterRow, known: KnownKeys) {
    this.#counters = counters;
    this.#known = known;
    this.#add = db.prepare(
      `INSERT INTO delivered (seq, key, at)
       SELECT ? + listed.key, ${KEY_OF_PENDING}, ? FROM json_each(?) AS listed JOIN pending ON pending.seq = listed.value`,
    );
    this.#first = db.prepare('SELECT seq, key, at FROM delivered ORDER BY seq LIMIT ?');
    this.#unnamed = db.prepare('SELECT 1 FROM delivered_unnamed WHERE uuid = ?');
    this.#deleteUnnamed = db.prepare(
      `DELETE FROM delivered_unnamed WHERE uuid IN
         (SELECT uuid FROM delivered_unnamed WHERE at <= ? LIMIT ?)`,
    );
    this.#deleteUpTo = db.prepare('DELETE FROM delivered WHERE seq <= ?');
    this.#lastAt = Number(
      db.prepare('SELECT at FROM delivered ORDER BY seq DESC LIMIT 1').get()?.at ?? 0,
    );
  }

  /**
   * Copies pending events here; their deletion there is the caller's. Times never go back, though clocks do: the oldest
   * is always the first.
   */
  add(seqs: readonly number[], now: number): void {
    const { current } = this.#counters;
    this.#lastAt = Math.max(this.#lastAt, now);
    const { changes } = this.#add.run(current.seq + 1, this.#lastAt, JSON.stringify(seqs));
    current.seq += seqs.length;
    current.delivered += Number(changes);
  }

  /** Whether an event with this uuid was delivered when no names were noted yet. */
  hasUnnamed(uuid: string): boolean {
    return this.#unnamed.get(uuid) !== undefined;
  }

  /** Forgets up to `limit` that were delivered at or before `time`. @returns how many */
  forget(time: number, limit: number): number {
    const first = this.#first.all(limit) as { seq: number; key: EventKey; at: number }[];
    const old = first.filter(({ at }) => at <= time);
    // Sorted: neighbours in the table of known keys are deleted together.
    for (const key of old.map((row) => row.key).sort()) this.#known.delete(key);
    const last = old.at(-1);
    if (last) this.#deleteUpTo.run(last.seq);
    const { changes } = this.#deleteUnnamed.run(time, limit);
    return Math.max(old.length, Number(changes));
  }
}
