import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqliteOutbox } from '../src/outbox/sqlite/sqlite-outbox.ts';
import { testOutbox } from './outbox-contract.ts';

const directory = mkdtempSync(join(tmpdir(), 'hubrelay-sqlite-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));

testOutbox(
  'SQLite in a thread',
  (options) => {
    files += 1;
    return openSqliteOutbox({ ...options, path: join(directory, `${files}.db`), reserveBytes: 0 });
  },
  { modelRuns: 40 },
);
