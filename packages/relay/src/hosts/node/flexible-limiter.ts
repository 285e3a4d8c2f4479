import type { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limiter, Verdict } from '../../limit/limiter.ts';

export interface LimiterOptions {
  /** Points of a key in each window. */
  readonly points: number;
  /** @default 60_000 */
  readonly windowMs?: number;
}

/** A client with many networks could fill the memory with keys, of which each takes about 350 bytes. */
const MAX_KEYS = 100_000;

/** Counts in this process: for one relay. Over {@link MAX_KEYS} keys in a window further ones are let through. */
export function memoryLimiter({ points, windowMs = 60_000 }: LimiterOptions): Limiter {
  // One window for all keys, thrown away as a whole: a timer for each key would take more memory than its count.
  const open = (now: number) => ({
    limiter: new RateLimiterMemory({ points, duration: 0 }),
    keys: 0,
    startedAt: now,
  });
  let window = open(Date.now());

  return {
    async take(key, wanted) {
      const now = Date.now();
      if (now < window.startedAt || now >= window.startedAt + windowMs) window = open(now);
      const { limiter, startedAt } = window;
      if ((await limiter.get(key)) === null) {
        if (window.keys >= MAX_KEYS) return { ok: true };
        window.keys += 1;
      }
      const verdict = await verdictOf(limiter.consume(key, wanted));
      return verdict.ok ? verdict : { ok: false, retryAfterMs: startedAt + windowMs - now };
    },
  };
}

/** Counts in Postgres: for several relays that share their limits. The table is made at the first use. */
export function postgresLimiter(
  connectionString: string,
  { points, windowMs = 60_000 }: LimiterOptions,
): Limiter {
  let pool: Promise<Pool> | undefined;
  let limiter: Promise<RateLimiterPostgres> | undefined;

  return {
    async take(key, wanted) {
      pool ??= openPool(connectionString);
      limiter ??= pool
        .then((pool) => open(pool, points, windowMs))
        .catch((error) => {
          limiter = undefined;
          throw error;
        });
      return verdictOf((await limiter).consume(key, wanted));
    },
  };
}

/** Loads the driver only where there is a database. */
async function openPool(connectionString: string): Promise<Pool> {
  const { openPrimaryPool } = await import('../../outbox/postgres/pool.ts');
  return openPrimaryPool(connectionString, { max: 4, allowExitOnIdle: true }).pool;
}

function open(pool: Pool, points: number, windowMs: number): Promise<RateLimiterPostgres> {
  return new Promise((resolve, reject) => {
    const limiter = new RateLimiterPostgres(
      {
        storeClient: pool,
        tableName: 'hubrelay_rate_limits',
        points,
        duration: windowMs / 1_000,
        clearExpiredByTimeout: true,
        // A flood must not reach the database: it would slow it down until the limit counts as failed, and lets everybody through.
        inMemoryBlockOnConsumed: points + 1,
      },
      (error) => (error ? reject(error) : resolve(limiter)),
    );
  });
}

/** The library rejects with a result for "no" and with an error for a fault. */
async function verdictOf(consumed: Promise<RateLimiterRes>): Promise<Verdict> {
  try {
    await consumed;
    return { ok: true };
  } catch (result) {
    if (result instanceof RateLimiterRes) return { ok: false, retryAfterMs: result.msBeforeNext };
    throw result;
  }
}
