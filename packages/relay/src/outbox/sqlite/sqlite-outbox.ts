import { type OutboxLimits, resolveLimits } from '../limits.ts';
import { OutboxUnavailableError } from '../outbox.ts';
import { outboxClock } from '../outbox-clock.ts';
import { lastTimeOf } from './engine.ts';
import { MERGE_AT } from './known-keys.ts';
import { openLocally } from './local-engine.ts';
import { outboxOn, type SqliteOutbox } from './outbox-on-engine.ts';
import { RESERVE_BYTES } from './reserve.ts';
import { openInWorker } from './worker-engine.ts';

export type { SqliteOutbox } from './outbox-on-engine.ts';
export { type Rescued, rescueOutbox } from './rescue.ts';

export interface SqliteOutboxOptions extends OutboxLimits {
  /** The database file. Created with its directory, for its owner's eyes only; SQLite keeps a `-wal` file beside it. */
  readonly path: string;
  /**
   * The time of day, epoch milliseconds.
   * @default Date.now
   */
  readonly clock?: () => number;
  /**
   * Milliseconds that have passed, by a clock that cannot be set.
   * @default performance.now, or `clock` where that is given
   */
  readonly monotonic?: () => number;
  /**
   * How long to wait for another process to let go of the file, as in a restart.
   * @default 5000
   */
  readonly lockTimeoutMs?: number;
  /**
   * Runs SQLite in a thread of its own, so that a slow disk delays no request but those that wait for it. Set to false
   * where there are no threads, or where a bundler loses the thread's file.
   * @default true
   */
  readonly thread?: boolean;
  /**
   * Room that is kept on the disk, as a file beside the database, so that a full disk can drain; 0 keeps none.
   * @default 25_165_824 (24 MiB)
   */
  readonly reserveBytes?: number;
}

/**
 * Opens an outbox in one SQLite file, for one relay process.
 * @throws OutboxUnavailableError when the file cannot be used; the message says why and what to do.
 */
export async function openSqliteOutbox(options: SqliteOutboxOptions): Promise<SqliteOutbox> {
  const { path, lockTimeoutMs = 5000, thread = true } = options;
  const { clock: wall = Date.now, reserveBytes = RESERVE_BYTES } = options;
  const monotonic = options.monotonic ?? options.clock ?? (() => performance.now());
  const limits = resolveLimits(options);
  const open = thread ? openInWorker : openLocally;
  const engine = await open({
    path,
    lockTimeoutMs,
    limits,
    mergeAt: MERGE_AT,
    reserveBytes,
  }).catch((error: Error) => {
    throw new OutboxUnavailableError(error.message, { cause: error });
  });
  const last = await lastTimeOf(engine);
  return outboxOn(engine, { path, clock: outboxClock({ wall, monotonic }, last), limits });
}
