import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openSqliteOutbox } from '../../src/outbox/sqlite/sqlite-outbox.ts';
import { testOutbox } from '../outbox-contract.ts';

/** Run by Vitest in the runtime that EXPECTED_RUNTIME names: sqlite.test.ts starts it. */
test(`runs in ${process.env.EXPECTED_RUNTIME}`, () => {
  expect(process.versions).toHaveProperty(process.env.EXPECTED_RUNTIME ?? 'none');
});

const directory = mkdtempSync(join(tmpdir(), 'hubrelay-sqlite-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));

for (const thread of [true, false]) {
  testOutbox(
    `SQLite ${thread ? 'in a thread' : 'without a thread'}`,
    (options) => {
      files += 1;
      return openSqliteOutbox({
        ...options,
        path: join(directory, `${files}.db`),
        thread,
        reserveBytes: 0,
      });
    },
    { modelRuns: 4 },
  );
}
