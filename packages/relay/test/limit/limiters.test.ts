import { memoryLimiter, postgresLimiter } from '@hubrelay/relay/node';
import { Client } from 'pg';
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import type { Limiter } from '../../src/limit/limiter.ts';
import { startPostgres, type TestPostgres } from '../support/start-postgres.ts';

const WINDOW_MS = 60_000;

function testLimiter(name: string, make: (points: number) => Limiter): void {
  describe(name, () => {
    test('takes what is there, then says when there is more', async () => {
      const limiter = make(3);
      expect(await limiter.take('a', 2)).toEqual({ ok: true });
      expect(await limiter.take('a', 1)).toEqual({ ok: true });
      const verdict = await limiter.take('a', 1);
      expect(verdict).toEqual({ ok: false, retryAfterMs: expect.any(Number) });
      const { retryAfterMs } = verdict as { retryAfterMs: number };
      expect(retryAfterMs).toBeGreaterThan(WINDOW_MS - 10_000);
      expect(retryAfterMs).toBeLessThanOrEqual(WINDOW_MS);
    });

    test('keeps keys apart', async () => {
      const limiter = make(1);
      await limiter.take('one', 1);
      expect(await limiter.take('two', 1)).toEqual({ ok: true });
      expect(await limiter.take('one', 1)).toMatchObject({ ok: false });
    });
  });
}

testLimiter('in memory', (points) => memoryLimiter({ points, windowMs: WINDOW_MS }));

describe('in memory, later', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    return () => vi.useRealTimers();
  });

  test('a key has its points again when the window is over, and not before', async () => {
    const limiter = memoryLimiter({ points: 1, windowMs: WINDOW_MS });
    await limiter.take('a', 1);
    vi.advanceTimersByTime(WINDOW_MS - 1);
    expect(await limiter.take('a', 1)).toEqual({ ok: false, retryAfterMs: 1 });
    vi.advanceTimersByTime(1);
    expect(await limiter.take('a', 1)).toEqual({ ok: true });
  });

  test('a clock that is set back locks no client out', async () => {
    const limiter = memoryLimiter({ points: 1, windowMs: WINDOW_MS });
    await limiter.take('a', 1);
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(await limiter.take('a', 1)).toEqual({ ok: true });
  });

  test('more keys than it keeps are let through; those that it keeps stay limited', async () => {
    const limiter = memoryLimiter({ points: 1, windowMs: WINDOW_MS });
    for (let n = 0; n < 100_000; n += 1) await limiter.take(`key ${n}`, 1);
    for (let n = 0; n < 3; n += 1) expect(await limiter.take('late', 1)).toEqual({ ok: true });
    expect(await limiter.take('key 7', 1)).toMatchObject({ ok: false });
  });
});

describe('in Postgres', () => {
  let postgres: TestPostgres;
  let url: string;

  beforeAll(async () => {
    postgres = await startPostgres();
    url = postgres.connectionString;
  });
  afterAll(() => postgres?.stop());

  let tests = 0;
  testLimiter('one relay', (points) => {
    tests += 1;
    const prefix = `test ${tests} `;
    const limiter = postgresLimiter(url, { points, windowMs: WINDOW_MS });
    return { take: (key, wanted) => limiter.take(prefix + key, wanted) };
  });

  test('two relays count together', async () => {
    const [one, two] = [1, 2].map(() => postgresLimiter(url, { points: 2, windowMs: WINDOW_MS }));
    // Both make the table at once, as relays do that start together; one may lose and is right the next time.
    await Promise.allSettled([one?.take('warm', 1), two?.take('warm', 1)]);
    await one?.take('shared', 1);
    await two?.take('shared', 1);
    expect(await one?.take('shared', 1)).toMatchObject({ ok: false });
    expect(await two?.take('shared', 1)).toMatchObject({ ok: false });
  });

  test('who is over the limit is refused without the database', async () => {
    const limiter = postgresLimiter(url, { points: 1, windowMs: WINDOW_MS });
    const take = () => limiter.take('flood', 1);
    for (let n = 0; n < 3; n += 1) await take();
    const observer = new Client(url);
    await observer.connect();
    onTestFinished(() => observer.end());
    await observer.query('BEGIN');
    await observer.query('LOCK TABLE hubrelay_rate_limits IN ACCESS EXCLUSIVE MODE');
    expect(await take()).toMatchObject({ ok: false });
  });

  test('a database that is away is a fault, and not for ever', async () => {
    const limiter = postgresLimiter('postgres://relay:relay@127.0.0.1:1/none', { points: 1 });
    await expect(limiter.take('a', 1)).rejects.toThrow();
    await expect(limiter.take('a', 1)).rejects.toThrow();
  });
});
