import { describe, expect, test } from 'vitest';
import { runOracle } from './run-oracle.ts';
import { createPostgresStorage, createSqliteStorage } from './storages.ts';

const CYCLES = 6;

/** The same history in every run, as far as processes allow; `npm run oracle` plays others. */
const seed = 1;

// At the same time: they wait for their relays most of it.
describe.concurrent.each([
  ['SQLite', createSqliteStorage],
  ['Postgres', createPostgresStorage],
])('under fire, on %s', (_, createStorage) => {
  test('no acknowledged event is lost, counted twice or altered', {
    timeout: 600_000,
  }, async () => {
    const storage = await createStorage();
    try {
      const report = await runOracle({ storage, cycles: CYCLES, seed });
      expect(report).toMatchObject({
        lost: 0,
        waiting: 0,
        duplicated: 0,
        altered: 0,
        unknown: 0,
        wronglyDead: 0,
        uncleanExits: 0,
        callsInPauses: 0,
        complaints: [],
        findings: [],
        isBalanced: true,
        isAliveAfterwards: true,
      });
      expect(report.obligations).toBeGreaterThan(CYCLES * 10);
      expect(report.pauses).toBeGreaterThan(0);
    } finally {
      await storage.remove();
    }
  });
});
