import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CounterRow } from './counters.ts';
import type { KnownUuids } from './known-uuids.ts';

/** The uuids of delivered events, in order of delivery, for as long as resends may come. */
export class DeliveredEvents {
  readonly #counters: CounterRow;
  readonly #known: KnownUuids;
  readonly #add: StatementSync;
  readonly #first: StatementSync;
  readonly #deleteUpTo: StatementSync;
  #lastAt: number;

  constructor(db: DatabaseSync, counters: CounterRow, known: KnownUuids) {
    this.#counters = counters;
    this.#known = known;
    this.#add = db.prepare(
      `INSERT INTO delivered (seq, uuid, at)
       SELECT ? + key, uuid, ? FROM json_each(?) AS listed JOIN pending ON pending.seq = listed.value`,
    );
    this.#first = db.prepare('SELECT seq, uuid, at FROM delivered ORDER BY seq LIMIT ?');
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

  /** Forgets up to `limit` that were delivered at or before `time`. @returns how many */
  forget(time: number, limit: number): number {
    const first = this.#first.all(limit) as { seq: number; uuid: string; at: number }[];
    const old = first.filter(({ at }) => at <= time);
    // Sorted: neighbours in the table of known uuids are deleted together.
    for (const uuid of old.map((row) => row.uuid).sort()) this.#known.delete(uuid);
    const last = old.at(-1);
    if (last) this.#deleteUpTo.run(last.seq);
    return old.length;
  }
}
