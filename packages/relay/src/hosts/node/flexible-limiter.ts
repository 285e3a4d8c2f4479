import type { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limiter, Verdict } from '../../limit/limiter.ts';

export interface LimiterOptions {
  /** Points of a key in each window. */
  readonly points: number;
  /** @default 60_000 */
  readonly windowMs?: number;
}

/** A key takes about 400 bytes for a window; whoever owns many networks could fill the memory with them. */
const MAX_KEYS = 100_000;

/** Counts in this process: for one relay. Over {@link MAX_KEYS} keys in a window further ones are let through. */
export function memoryLimiter({ points, windowMs = 60_000 }: LimiterOptions): Limiter {
  const limiter = new RateLimiterMemory({ points, duration: windowMs / 1_000 });
  let keys = 0;
  let windowEndsAt = 0;

  async function isNew(key: string): Promise<boolean> {
    return (await limiter.get(key)) === null;
  }

  return {
    async take(key, wanted) {
      const now = Date.now();
      if (now >= windowEndsAt) {
        keys = 0;
        windowEndsAt = now + windowMs;
      }
      if (await isNew(key)) {
        if (keys >= MAX_KEYS) return { ok: true };
        keys += 1;
      }
      return verdictOf(limiter.consume(key, wanted));
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
  const { Pool } = await import('pg');
  const pool = new Pool({ connectionString, max: 4, allowExitOnIdle: true });
  // A lost idle connection is replaced at the next use; unheard, the event would end the process.
  pool.on('error', () => {});
  return pool;
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
