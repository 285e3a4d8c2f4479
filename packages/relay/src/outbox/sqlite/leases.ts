import type { DatabaseSync } from 'node:sqlite';
import { numbers, textColumns } from './columns.ts';

/** In memory, though in the database: leases end with the process, and roll back with the transaction. */
const SCHEMA =
  'CREATE TEMP TABLE lease (seq INTEGER PRIMARY KEY, claim INTEGER NOT NULL, until INTEGER NOT NULL)';

/**
 * Which claim holds a pending event, and until when. Of each claim that is not settled yet the events stand on disk, too: after a
 * crash they may be at HubSpot.
 */
export class Leases {
  readonly #sql: ReturnType<typeof prepare>;
  #lastClaim = 0;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#sql = prepare(db);
    if (db.prepare('SELECT 1 FROM open_claim LIMIT 1').get()) db.exec(MARK_LEFT_OPEN);
  }

  /** Forgets claims of which every event went another way: taken over, expired or erased. */
  prune(): void {
    this.#sql.prune.run();
  }

  /** @returns the number of the claim */
  take(seqs: readonly number[], until: number): number {
    this.#lastClaim += 1;
    const listed = JSON.stringify(seqs);
    this.#sql.markTakenOver.run(listed);
    this.#sql.take.run(this.#lastClaim, until, listed);
    this.#sql.open.run(this.#lastClaim, listed, seqs.length);
    return this.#lastClaim;
  }

  /** Ends the leases that these tokens still hold. @returns the row numbers of their events */
  release(tokens: readonly string[]): number[] {
    const seqs = [...seqsByClaim(tokens)].flatMap(([claim, seqs]) => {
      const { held } = textColumns(this.#sql.held.get(claim, JSON.stringify(seqs)));
      const released = numbers(held);
      this.#sql.settle.run(released.length, claim);
      this.#sql.close.run(claim);
      return released;
    });
    this.end(seqs);
    return seqs;
  }

  /** Ends the leases on events that are removed, of all holders. */
  end(seqs: readonly number[]): void {
    this.#sql.end.run(JSON.stringify(seqs));
  }

  count(now: number): number {
    return Number(this.#sql.count.get(now)?.count);
  }

  /** When the first of the leases ends. */
  nextEnd(now: number): number | undefined {
    const end = this.#sql.nextEnd.get(now)?.until;
    return typeof end === 'number' ? end : undefined;
  }

  /** The same for the leases on suspects. */
  nextSuspectEnd(now: number): number | undefined {
    const end = this.#sql.nextSuspectEnd.get(now)?.until;
    return typeof end === 'number' ? end : undefined;
  }
}

export const tokenOf = (seq: number, claim: number) => `${seq}.${claim}`;

function seqsByClaim(tokens: readonly string[]): Map<number, number[]> {
  const byClaim = new Map<number, number[]>();
  for (const token of tokens) {
    const dot = token.indexOf('.');
    const seq = Number(token.slice(0, dot));
    const claim = Number(token.slice(dot + 1));
    const seqs = byClaim.get(claim);
    if (seqs) seqs.push(seq);
    else byClaim.set(claim, [seq]);
  }
  return byClaim;
}

/** In a transaction of its own, when a database is opened: every claim in it was left open by a process that has ended. */
const MARK_LEFT_OPEN = `
  BEGIN IMMEDIATE;
  UPDATE pending SET may_have_arrived = 1
    WHERE seq IN (SELECT value FROM open_claim, json_each(open_claim.seqs));
  DELETE FROM open_claim;
  COMMIT;
`;

function prepare(db: DatabaseSync) {
  const listed = 'seq IN (SELECT value FROM json_each(?))';
  return {
    markTakenOver: db.prepare(
      `UPDATE pending SET may_have_arrived = 1
       WHERE seq IN (SELECT seq FROM lease WHERE ${listed})`,
    ),
    open: db.prepare('INSERT INTO open_claim (claim, seqs, open) VALUES (?, ?, ?)'),
    settle: db.prepare('UPDATE open_claim SET open = open - ? WHERE claim = ?'),
    prune: db.prepare('DELETE FROM open_claim WHERE claim NOT IN (SELECT claim FROM lease)'),
    close: db.prepare('DELETE FROM open_claim WHERE claim = ? AND open <= 0'),
    take: db.prepare(
      'INSERT OR REPLACE INTO lease (seq, claim, until) SELECT value, ?, ? FROM json_each(?)',
    ),
    held: db.prepare(
      `SELECT json_group_array(seq) AS held FROM lease WHERE claim = ? AND ${listed}`,
    ),
    end: db.prepare(`DELETE FROM lease WHERE ${listed}`),
    count: db.prepare('SELECT count(*) AS count FROM lease WHERE until > ?'),
    nextEnd: db.prepare('SELECT min(until) AS until FROM lease WHERE until > ?'),
    nextSuspectEnd: db.prepare(
      `SELECT min(until) AS until FROM lease JOIN pending USING (seq) WHERE until > ? AND suspicion > 0`,
    ),
  };
}
