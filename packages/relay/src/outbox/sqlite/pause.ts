import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** An operator's pause: a row of its own table. Every method runs inside a transaction of its caller. */
export class Pause {
  readonly #since: StatementSync;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;

  constructor(db: DatabaseSync) {
    this.#since = db.prepare('SELECT since FROM pause');
    this.#begin = db.prepare('INSERT INTO pause SELECT ? WHERE NOT EXISTS (SELECT 1 FROM pause)');
    this.#end = db.prepare('DELETE FROM pause');
  }

  /** Undefined when there is none. */
  get since(): number | undefined {
    return this.#since.get()?.since as number | undefined;
  }

  begin(now: number): void {
    this.#begin.run(now);
  }

  end(): void {
    this.#end.run();
  }
}
