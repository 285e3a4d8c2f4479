import type { DatabaseSync } from 'node:sqlite';
import type { CounterRow } from './counters.ts';

interface Work {
  readonly run: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** What one piece of work came to, before the commit. */
type Result = { readonly value: unknown } | { readonly error: unknown };

/**
 * Runs all work that was handed in during one turn of the event loop in one transaction: one fsync for all of it.
 * While SQLite works, requests queue up in their sockets and make the next group, so groups grow with the load.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #counters: CounterRow;
  readonly #fail: (error: unknown) => Error;
  #waiting: Work[] = [];

  /** @param fail makes the error with which a group is refused when SQLite fails */
  constructor(db: DatabaseSync, counters: CounterRow, fail: (error: unknown) => Error) {
    this.#db = db;
    this.#counters = counters;
    this.#fail = fail;
  }

  /** @param work may throw an error of the contract before its first write: that refuses it alone. */
  run<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.flush());
      this.#waiting.push({ run: work, resolve, reject });
    });
  }

  flush(): void {
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    const results = this.#transact(group);
    for (const [index, { resolve, reject }] of group.entries()) {
      const result = results[index] as Result;
      if ('error' in result) reject(result.error);
      else resolve(result.value as never);
    }
  }

  #transact(group: readonly Work[]): Result[] {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const results = group.map(attempt);
      this.#counters.save();
      this.#db.exec('COMMIT');
      this.#counters.committed();
      return results;
    } catch (error) {
      this.#rollBack();
      const failure = this.#fail(error);
      return group.map(() => ({ error: failure }));
    }
  }

  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // A full disk makes SQLite roll back by itself: https://www.sqlite.org/lang_transaction.html
    }
    this.#counters.rolledBack();
  }
}

function attempt({ run }: Work): Result {
  try {
    return { value: run() };
  } catch (error) {
    if (isSqliteError(error)) throw error;
    return { error };
  }
}

const isSqliteError = (error: unknown) => 'errcode' in (error as object);
