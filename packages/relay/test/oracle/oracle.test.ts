import { describe, expect, test } from 'vitest';
import { runOracle } from './run-oracle.ts';
import { createPostgresStorage, createSqliteStorage } from './storages.ts';

const CYCLES = 15;

/** Another seed each day, so that a year of runs sees more than one history; a failing one is named in the report. */
const seed = Math.floor(Date.now() / 86_400_000);

describe.each([
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
        duplicated: 0,
        altered: 0,
        unknown: 0,
        wronglyDead: 0,
        uncleanExits: 0,
        complaints: [],
        findings: [],
        isBalanced: true,
        isAliveAfterwards: true,
      });
      expect(report.obligations).toBeGreaterThan(CYCLES * 10);
    } finally {
      await storage.remove();
    }
  });
});
