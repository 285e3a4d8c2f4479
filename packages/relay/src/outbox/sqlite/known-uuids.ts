import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { textColumns, texts } from './columns.ts';
import type { CounterRow } from './counters.ts';

/** This many uuids wait in memory until they are merged into the table. About 4 MB. */
export const MERGE_AT = 32_768;
/** A transaction merges twice as many uuids as it brings, so that a merge ends before the next, and a few more. */
const SLICES = 128;

/**
 * Tells new events from resends: a uuid is known while it is pending, dead, or remembered as delivered.
 *
 * Uuids are random, so an index that is written with every event costs a page of disk per event as soon as it is large.
 * Here the newest uuids are in memory, and are merged into the table in sorted order, many to a page. Nothing is lost
 * by a crash: every uuid is also in a row of its event, and rows after `known_seq` are read back.
 * docs/decisions/sqlite-outbox.md
 */
export class KnownUuids {
  readonly #counters: CounterRow;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #recent: Set<string>;
  readonly #mergeAt: number;
  #merge: Merge | undefined;
  /** Of the transaction under way. */
  #added = 0;
  #undo: (() => void)[] = [];

  constructor(db: DatabaseSync, counters: CounterRow, mergeAt: number) {
    this.#counters = counters;
    this.#mergeAt = mergeAt;
    this.#sql = prepare(db);
    const { uuids } = textColumns(this.#sql.after.get({ seq: counters.current.known_seq }));
    this.#recent = new Set(texts(uuids));
  }

  has(uuid: string): boolean {
    return (
      this.#recent.has(uuid) ||
      this.#merge?.uuids.has(uuid) === true ||
      this.#sql.find.get(keyOf(uuid)) !== undefined
    );
  }

  /** Those of the events that are new, each uuid once. */
  unknownOf<T extends { readonly uuid: string }>(events: readonly T[]): T[] {
    const seen = new Set<string>();
    return events.filter(({ uuid }) => {
      const known = seen.has(uuid) || this.has(uuid);
      seen.add(uuid);
      return !known;
    });
  }

  add(uuid: string): void {
    this.#recent.add(uuid);
    this.#added += 1;
    this.#undo.push(() => this.#recent.delete(uuid));
  }

  delete(uuid: string): void {
    for (const set of [this.#recent, this.#merge?.uuids]) {
      if (set?.delete(uuid)) this.#undo.push(() => set.add(uuid));
    }
    this.#sql.delete.run(keyOf(uuid));
  }

  /** Part of every transaction: merges twice as many uuids as it brought. */
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
    const uuids = new Set(this.#recent);
    const { seq } = this.#counters.current;
    this.#merge = { uuids, sorted: [...uuids].sort(), position: 0, seq };
    this.#recent.clear();
    this.#undo.push(() => {
      for (const uuid of uuids) this.#recent.add(uuid);
      this.#merge = undefined;
    });
  }

  #mergeSlice(merge: Merge): void {
    const { position, sorted } = merge;
    const end = position + Math.ceil(this.#mergeAt / SLICES) + 2 * this.#added;
    this.#undo.push(() => {
      merge.position = position;
    });
    for (const uuid of sorted.slice(position, end)) {
      if (merge.uuids.has(uuid)) this.#sql.insert.run(keyOf(uuid));
    }
    merge.position = end;
    if (end >= sorted.length) this.#counters.current.known_seq = merge.seq;
  }
}

interface Merge {
  readonly uuids: Set<string>;
  readonly sorted: readonly string[];
  position: number;
  /** Rows up to this number have their uuid in the table when the merge is done. */
  readonly seq: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** 16 bytes instead of 36, which makes the table half as large. */
function keyOf(uuid: string): SQLInputValue {
  return UUID.test(uuid) ? Buffer.from(uuid.replaceAll('-', ''), 'hex') : uuid;
}

function prepare(db: DatabaseSync) {
  return {
    find: db.prepare('SELECT 1 FROM known WHERE uuid = ?'),
    insert: db.prepare('INSERT OR IGNORE INTO known (uuid) VALUES (?)'),
    delete: db.prepare('DELETE FROM known WHERE uuid = ?'),
    after: db.prepare(
      `SELECT json_group_array(uuid) AS uuids FROM (
         SELECT uuid FROM pending WHERE seq > :seq UNION ALL SELECT uuid FROM dead WHERE seq > :seq
         UNION ALL SELECT uuid FROM delivered WHERE seq > :seq)`,
    ),
  };
}
