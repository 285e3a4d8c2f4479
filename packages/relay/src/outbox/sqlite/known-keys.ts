import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { EventKey } from '../../hubspot/event.ts';
import { KEY_OF_DEAD, KEY_OF_PENDING, textColumns, texts } from './columns.ts';
import type { CounterRow } from './counters.ts';

/** This many keys wait in memory until they are merged into the table. About 5 MB. */
export const MERGE_AT = 32_768;
/** A transaction merges twice as many keys as it brings, so that a merge ends before the next, and a few more. */
const SLICES = 128;

/**
 * Tells new events from resends: an event is known, by its key, while it is pending, dead, or remembered as delivered.
 *
 * Keys begin with a random uuid, so an index that is written with every event costs a page of disk per event as soon as it is large.
 * Here the newest keys are in memory, and are merged into the table in sorted order, many to a page. Nothing is lost
 * by a crash: every key is also in a row of its event, and rows after `known_seq` are read back.
 * docs/decisions/sqlite-outbox.md
 */
export class KnownKeys {
  readonly #counters: CounterRow;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #recent: Set<EventKey>;
  readonly #mergeAt: number;
  #merge: Merge | undefined;
  /** Of the transaction under way. */
  #added = 0;
  #undo: (() => void)[] = [];

  constructor(db: DatabaseSync, counters: CounterRow, mergeAt: number) {
    this.#counters = counters;
    this.#mergeAt = mergeAt;
    this.#sql = prepare(db);
    const { keys } = textColumns(this.#sql.after.get({ seq: counters.current.known_seq }));
    this.#recent = new Set(texts(keys));
  }

  has(key: EventKey): boolean {
    return (
      this.#recent.has(key) ||
      this.#merge?.keys.has(key) === true ||
      this.#sql.find.get(storedKey(key)) !== undefined
    );
  }

  /** Those of the events that are new, each key once. */
  unknownOf<T extends { readonly key: EventKey }>(events: readonly T[]): T[] {
    const seen = new Set<EventKey>();
    return events.filter(({ key }) => {
      const known = seen.has(key) || this.has(key);
      seen.add(key);
      return !known;
    });
  }

  add(key: EventKey): void {
    // An event that takes the place of a refused one is known already, and stays so when this is rolled back.
    if (this.#recent.has(key)) return;
    this.#recent.add(key);
    this.#added += 1;
    this.#undo.push(() => this.#recent.delete(key));
  }

  delete(key: EventKey): void {
    for (const set of [this.#recent, this.#merge?.keys]) {
      if (set?.delete(key)) this.#undo.push(() => set.add(key));
    }
    this.#sql.delete.run(storedKey(key));
  }

  /** Part of every transaction: merges twice as many keys as it brought. */
  mergeSome(): void {
    const { seq, known_seq } = this.#counters.current;
    // A merge is due after many rows of any kind too: all rows after `known_seq` are read back at the next start.
    const due = this.#recent.size >= this.#mergeAt || seq - known_seq >= 2 * this.#mergeAt;
    if (this.#merge === undefined && due) this.#begin();
    if (this.#merge !== undefined) this.#mergeSlice(this.#merge);
  }

  committed(): void {
    this.#undo = [];
    this.#added = 0;
    if (this.#merge && this.#merge.position >= this.#merge.sorted.length) this.#merge = undefined;
  }

  rolledBack(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
    this.#added = 0;
  }

  #begin(): void {
    const keys = new Set(this.#recent);
    const { seq } = this.#counters.current;
    this.#merge = { keys, sorted: [...keys].sort(), position: 0, seq };
    this.#recent.clear();
    this.#undo.push(() => {
      for (const key of keys) this.#recent.add(key);
      this.#merge = undefined;
    });
  }

  #mergeSlice(merge: Merge): void {
    const { position, sorted } = merge;
    const end = position + Math.ceil(this.#mergeAt / SLICES) + 2 * this.#added;
    this.#undo.push(() => {
      merge.position = position;
    });
    for (const key of sorted.slice(position, end)) {
      if (merge.keys.has(key)) this.#sql.insert.run(storedKey(key));
    }
    merge.position = end;
    if (end >= sorted.length) this.#counters.current.known_seq = merge.seq;
  }
}

interface Merge {
  readonly keys: Set<EventKey>;
  readonly sorted: readonly EventKey[];
  position: number;
  /** Rows up to this number have their key in the table when the merge is done. */
  readonly seq: number;
}

const KEY = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} /;

/** The uuid in 16 bytes instead of 36, then the name. */
function storedKey(key: EventKey): SQLInputValue {
  if (!KEY.test(key)) return key;
  const uuid = Buffer.from(key.slice(0, UUID_CHARS).replaceAll('-', ''), 'hex');
  return Buffer.concat([uuid, Buffer.from(key.slice(UUID_CHARS + 1))]);
}

const UUID_CHARS = 36;

function prepare(db: DatabaseSync) {
  return {
    find: db.prepare('SELECT 1 FROM known WHERE key = ?'),
    insert: db.prepare('INSERT OR IGNORE INTO known (key) VALUES (?)'),
    delete: db.prepare('DELETE FROM known WHERE key = ?'),
    after: db.prepare(
      `SELECT json_group_array(key) AS keys FROM (
         SELECT ${KEY_OF_PENDING} AS key FROM pending WHERE seq > :seq
         UNION ALL SELECT ${KEY_OF_DEAD} FROM dead WHERE seq > :seq
         UNION ALL SELECT key FROM delivered WHERE seq > :seq)`,
    ),
  };
}
