import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openSqliteOutbox } from '../src/outbox/sqlite/sqlite-outbox.ts';
import { type OpenOutbox, testOutbox } from './outbox-contract.ts';
import { testPoisonFlood } from './poison-flood.ts';

const directory = mkdtempSync(join(tmpdir(), 'hubrelay-sqlite-'));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true }));

const open: OpenOutbox = (options) => {
  files += 1;
  return openSqliteOutbox({ ...options, path: join(directory, `${files}.db`), reserveBytes: 0 });
};

testOutbox('SQLite in a thread', open, { modelRuns: 15 });

testPoisonFlood('SQLite', open);
