import type { DatabaseSync } from 'node:sqlite';
import type { EventKey, HubSpotEvent } from '../../hubspot/event.ts';
import { ClaimFront, type DuePosition, FROM_THE_START } from '../claim-front.ts';
import { sqliteDialect, subjectCondition } from '../dead-letter-rows.ts';
import type { ErasureKey, SubjectField } from '../erasure.ts';
import { outboxKey, type SenderKind } from '../event-key.ts';
import {
  type ClaimFrom,
  type ClaimRequest,
  OutboxFullError,
  type OutboxStats,
  type Suspect,
} from '../outbox.ts';
import { CLAIMED_KIND, CLAIMED_ORDER, earliest, suspicionAfter } from '../suspicion.ts';
import { KEY_OF_PENDING, numbers, textColumns } from './columns.ts';
import type { CounterRow } from './counters.ts';
import type { KnownKeys } from './known-keys.ts';
import { Leases, tokenOf } from './leases.ts';

/** An event in the form in which it is stored. */
export interface StoredEvent {
  readonly uuid: string;
  readonly key: EventKey;
  readonly sender: SenderKind;
  readonly utk: string | null;
  readonly json: string;
  readonly bytes: number;
}

export function toStored(event: HubSpotEvent, sender: SenderKind): StoredEvent {
  const json = JSON.stringify(event);
  return {
    uuid: event.uuid,
    key: outboxKey(event, sender),
    sender,
    utk: event.utk ?? null,
    json,
    bytes: Buffer.byteLength(json),
  };
}

/**
 * Claimed events as columns: handing many small objects to another thread costs more than getting them from the database.
 */
export interface ClaimedEvents {
  /** One JSON per line: JSON has no line breaks of its own. */
  readonly lines: string;
  readonly tokens: readonly string[];
  readonly attempts: readonly number[];
  readonly suspicions: readonly number[];
  /** 0 or 1. */
  readonly mayHaveArrived: readonly number[];
  readonly enqueuedAts: readonly number[];
}

export const NOTHING: ClaimedEvents = {
  lines: '',
  tokens: [],
  attempts: [],
  suspicions: [],
  mayHaveArrived: [],
  enqueuedAts: [],
};

export interface Postponement {
  readonly dueAt: number;
  readonly countAttempt: boolean;
  readonly suspect?: Suspect;
  readonly mayHaveArrived?: boolean;
  /** JSON of the evidence; null: what is there stays. */
  readonly error: string | null;
}

export interface StorageLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** What is due, as columns. */
interface Due {
  readonly seqs: readonly number[];
  readonly dueAts: readonly number[];
  readonly sizes: readonly number[];
}

/** The pending events and the leases on them. Every method runs inside a transaction of its caller. */
export class PendingEvents {
  readonly #counters: CounterRow;
  readonly #known: KnownKeys;
  readonly #limits: StorageLimits;
  readonly #leases: Leases;
  readonly #front = new ClaimFront();
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync, counters: CounterRow, known: KnownKeys, limits: StorageLimits) {
    this.#counters = counters;
    this.#known = known;
    this.#limits = limits;
    this.#leases = new Leases(db);
    this.#sql = prepare(db);
  }

  /**
   * @param fresh are stored
   * @param roomMade by events that these take the place of: how many, and their bytes
   */
  enqueue(fresh: readonly StoredEvent[], now: number): void {
    const bytes = fresh.reduce((sum, event) => sum + event.bytes, 0);
    if (fresh.length > 0 && !this.#fits(fresh.length, bytes)) throw this.#full();
    for (const event of fresh) {
      this.#known.add(event.key);
      this.insert(event, now);
    }
    this.#counters.current.accepted += fresh.length;
    this.#counters.current.bytes += bytes;
  }

  #fits(count: number, bytes: number): boolean {
    const { pending, bytes: stored, dead_bytes } = this.#counters.current;
    const { maxEvents, maxBytes } = this.#limits;
    return pending + count <= maxEvents && stored - dead_bytes + bytes <= maxBytes;
  }

  insert(
    { uuid, sender, json, bytes, utk }: StoredEvent,
    now: number,
    mayHaveArrived = false,
  ): void {
    const seq = this.#counters.nextSeq();
    const arrived = mayHaveArrived ? 1 : 0;
    this.#sql.insert.run(seq, uuid, sender, json, bytes, utk, now, now, arrived);
    this.#counters.current.pending += 1;
    this.#front.reveal({ dueAt: now, seq });
  }

  claim(request: ClaimRequest, now: number): ClaimedEvents {
    const { from = 'fresh', maxBytes, leaseMs } = request;
    const due = this.#due(from, request.maxEvents, now);
    const count = countWithin(due.sizes, maxBytes);
    if (count === 0) return NOTHING;
    const seqs = due.seqs.slice(0, count);
    const claim = this.#leases.take(seqs, now + leaseMs);
    if (from === 'fresh') {
      const last = { dueAt: due.dueAts[count - 1] as number, seq: seqs.at(-1) as number };
      this.#advance(last, now + leaseMs, now);
    }
    const columns = textColumns(this.#sql.claimed.get(JSON.stringify(seqs)));
    return {
      lines: columns.lines as string,
      tokens: numbers(columns.seqs).map((seq) => tokenOf(seq, claim)),
      attempts: numbers(columns.attempts),
      suspicions: numbers(columns.suspicions),
      mayHaveArrived: numbers(columns.may_have_arrived),
      enqueuedAts: numbers(columns.enqueued_ats),
    };
  }

  /** Ends the leases that these tokens still hold. @returns the row numbers of their events */
  release(tokens: readonly string[]): number[] {
    return this.#leases.release(tokens);
  }

  /** @returns the bytes of their JSON */
  delete(seqs: readonly number[]): number {
    const listed = JSON.stringify(seqs);
    const { bytes } = this.#sql.bytes.get(listed) as { bytes: number };
    this.#counters.current.pending -= Number(this.#sql.delete.run(listed).changes);
    return bytes;
  }

  retry(tokens: readonly string[], how: Postponement): void {
    const { dueAt, countAttempt, suspect, mayHaveArrived, error } = how;
    const seqs = this.release(tokens);
    const [least, more] = suspicionAfter(suspect);
    this.#sql.retry.run(
      dueAt,
      countAttempt ? 1 : 0,
      error,
      least,
      more,
      mayHaveArrived ? 1 : 0,
      JSON.stringify(seqs),
    );
    for (const seq of seqs) this.#front.reveal({ dueAt, seq });
  }

  /** @returns how many of up to `limit` were due later */
  makeDue({ limit, now }: { readonly limit: number; readonly now: number }): number {
    const changed = Number(this.#sql.makeDue.run(now, now, limit).changes);
    if (changed > 0) this.#front.reset();
    return changed;
  }

  pruneLeases(): void {
    this.#leases.prune();
  }

  /** Takes the leases that have ended off events that are going. */
  endLeases(seqs: readonly number[]): void {
    this.#leases.end(seqs);
  }

  /** Up to `limit` events that were stored at or before `time` and that are not leased. */
  olderThan(time: number, now: number, limit: number): number[] {
    return this.#sql.older.all(time, now, limit).map((row) => Number(row.seq));
  }

  /** A person's events among the `limit` after `seq`, and the last of these. */
  ofSubject(
    key: ErasureKey,
    after: number,
    limit: number,
  ): { seqs: number[]; last: number | null } {
    const { last } = this.#sql.rangeEnd.get(after, limit) as { last: number | null };
    const rows = last === null ? [] : this.#sql.ofSubject[key.field].all(after, last, key.value);
    return { seqs: rows.map((row) => Number(row.seq)), last };
  }

  forget(seqs: readonly number[]): void {
    for (const { key } of this.#sql.keys.all(JSON.stringify(seqs))) {
      this.#known.delete(String(key));
    }
    this.endLeases(seqs);
    this.#counters.current.bytes -= this.delete(seqs);
    this.#counters.current.removed += seqs.length;
  }

  stats(
    now: number,
  ): Pick<
    OutboxStats,
    'claimed' | 'freshDueAt' | 'oldestPendingAt' | 'nextDueAt' | 'nextSuspectDueAt'
  > {
    const { dueAt, seq } = this.#front.at(now);
    const fresh = this.#sql.free.get(now, dueAt, seq)?.due_at;
    const suspect = this.#sql.freeSuspect.get(now)?.due_at;
    const leaseEnd = this.#leases.nextEnd(now);
    const oldest = this.#sql.oldest.get()?.at;
    const freshDueAt = this.#sql.freshDue.get()?.at;
    const nextDueAt = earliest([fresh, suspect, leaseEnd]);
    const nextSuspectDueAt = earliest([suspect, this.#leases.nextSuspectEnd(now)]);
    return {
      claimed: this.#leases.count(now),
      ...(typeof oldest === 'number' && { oldestPendingAt: oldest }),
      ...(typeof freshDueAt === 'number' && { freshDueAt }),
      ...(nextDueAt !== undefined && { nextDueAt }),
      ...(nextSuspectDueAt !== undefined && { nextSuspectDueAt }),
    };
  }

  /** The leases are rolled back with the database. */
  rolledBack(): void {
    this.#front.reset();
  }

  #due(from: ClaimFrom, maxEvents: number, now: number): Due {
    const { dueAt, seq } = from === 'fresh' ? this.#front.at(now) : FROM_THE_START;
    const columns = textColumns(this.#sql.due[from].get(now, dueAt, seq, now, maxEvents));
    return {
      seqs: numbers(columns.seqs),
      dueAts: numbers(columns.due_ats),
      sizes: numbers(columns.sizes),
    };
  }

  #advance(last: DuePosition, leaseEndsAt: number, now: number): void {
    const firstEnd = this.#front.isAtStart ? this.#leases.nextEnd(now) : undefined;
    this.#front.advance(last, firstEnd ?? leaseEndsAt);
  }

  #full(): OutboxFullError {
    const { pending, bytes, dead_bytes } = this.#counters.current;
    return new OutboxFullError(
      `The outbox is full: ${pending} pending events, ${bytes - dead_bytes} bytes. ` +
        'Check that delivery works, or raise maxEvents or maxBytes.',
    );
  }
}

/** How many of the first are not larger than `maxBytes` together, but one at least. */
function countWithin(sizes: readonly number[], maxBytes: number): number {
  let bytes = 0;
  const end = sizes.findIndex((size, index) => {
    bytes += size;
    return index > 0 && bytes > maxBytes;
  });
  return end === -1 ? sizes.length : end;
}

function prepare(db: DatabaseSync) {
  const ofSubject = (field: SubjectField) => {
    const [condition] = subjectCondition({ field, value: '' }, sqliteDialect);
    return db.prepare(
      `SELECT seq FROM pending WHERE seq > ? AND seq <= ? AND ${condition.replace('#', '?')}`,
    );
  };
  const unleased = 'NOT EXISTS (SELECT 1 FROM lease WHERE lease.seq = pending.seq AND until > ?)';
  const listed = 'seq IN (SELECT value FROM json_each(?))';
  const due = (index: string, from: ClaimFrom) =>
    db.prepare(
      `SELECT json_group_array(seq) AS seqs, json_group_array(due_at) AS due_ats, json_group_array(bytes) AS sizes
       FROM (SELECT seq, due_at, bytes FROM pending INDEXED BY ${index}
             WHERE ${CLAIMED_KIND[from]} AND due_at <= ? AND (due_at, seq) > (?, ?) AND ${unleased}
             ORDER BY ${CLAIMED_ORDER[from]} LIMIT ?)`,
    );
  return {
    insert: db.prepare(
      `INSERT INTO pending (seq, uuid, sender, event, bytes, utk, enqueued_at, due_at, attempts, may_have_arrived)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
    ),
    due: {
      fresh: due('pending_fresh', 'fresh'),
      newest: due('pending_fresh', 'newest'),
      suspects: due('pending_suspect', 'suspects'),
      new_suspects: due('pending_new_suspect', 'new_suspects'),
    },
    claimed: db.prepare(
      `SELECT json_group_array(seq) AS seqs, json_group_array(attempts) AS attempts,
              json_group_array(suspicion) AS suspicions, json_group_array(may_have_arrived) AS may_have_arrived,
              json_group_array(enqueued_at) AS enqueued_ats, group_concat(event, char(10)) AS lines
       FROM pending WHERE ${listed}`,
    ),
    bytes: db.prepare(`SELECT coalesce(sum(bytes), 0) AS bytes FROM pending WHERE ${listed}`),
    keys: db.prepare(`SELECT ${KEY_OF_PENDING} AS key FROM pending WHERE ${listed}`),
    delete: db.prepare(`DELETE FROM pending WHERE ${listed}`),
    retry: db.prepare(
      `UPDATE pending SET due_at = ?, attempts = attempts + ?, error = coalesce(?, error), suspicion = max(suspicion + ?5, ?4),
         may_have_arrived = max(may_have_arrived, ?6) WHERE seq IN (SELECT value FROM json_each(?7))`,
    ),
    makeDue: db.prepare(
      'UPDATE pending SET due_at = ? WHERE seq IN (SELECT seq FROM pending WHERE due_at > ? LIMIT ?)',
    ),
    older: db.prepare(
      `SELECT seq FROM pending INDEXED BY pending_age WHERE enqueued_at <= ? AND ${unleased} LIMIT ?`,
    ),
    rangeEnd: db.prepare(
      'SELECT max(seq) AS last FROM (SELECT seq FROM pending WHERE seq > ? ORDER BY seq LIMIT ?)',
    ),
    ofSubject: {
      utk: ofSubject('utk'),
      email: ofSubject('email'),
      objectId: ofSubject('objectId'),
    },
    freshDue: db.prepare(
      'SELECT min(due_at) AS at FROM pending INDEXED BY pending_fresh WHERE suspicion = 0',
    ),
    oldest: db.prepare('SELECT min(enqueued_at) AS at FROM pending'),
    free: db.prepare(
      `SELECT due_at FROM pending INDEXED BY pending_fresh
       WHERE suspicion = 0 AND ${unleased} AND (due_at, seq) > (?, ?) ORDER BY due_at LIMIT 1`,
    ),
    freeSuspect: db.prepare(
      `SELECT due_at FROM pending INDEXED BY pending_suspect
       WHERE suspicion > 0 AND ${unleased} ORDER BY due_at LIMIT 1`,
    ),
  };
}
