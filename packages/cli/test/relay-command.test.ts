import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';

const HUBRELAY = ['--conditions=hubrelay-source', join(import.meta.dirname, '../src/main.ts')];

/** A relay that ought not to start: it has to end by itself, and `stderr` is all that its owner sees. */
async function refusal(variables: Record<string, string>): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'hubrelay-refusal-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'notes.txt'), 'this is no database, whatever its name may be');
  const env = {
    ...childEnv,
    HUBSPOT_ACCESS_TOKEN: 'pat-s3cret',
    HUBSPOT_HUB_ID: '1234567',
    ALLOWED_ORIGINS: 'https://shop.example',
    EVENTS: '*',
    PORT: '0',
    ...variables,
  };
  const run = promisify(execFile)(process.execPath, [...HUBRELAY, 'relay'], {
    cwd,
    env,
    timeout: 120_000,
  });
  const { code, stderr } = await run.then(
    () => expect.unreachable('the relay ended without an error'),
    (error) => error,
  );
  expect(code).toBe(1);
  return stderr;
}

test('what is missing may be what is misspelt: both are told, and no value', async () => {
  const said = await refusal({ ALLOWED_ORIGINS: '', ALOWED_ORIGINS: 'https://s3cret.example' });
  expect(said).toContain('  - ALLOWED_ORIGINS is not set: ');
  expect(said).toContain('  - ALOWED_ORIGINS is not a setting; did you mean ALLOWED_ORIGINS?\n');
  expect(said).not.toContain('s3cret');
});

async function takenPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return String((server.address() as AddressInfo).port);
}

test.each<[string, Record<string, string>, RegExp]>([
  [
    'an address of another machine',
    { HOST: '192.0.2.1' },
    /HOST 192\.0\.2\.1 is not a local address/,
  ],
  [
    'one port for two servers',
    { PORT: '8787', METRICS_PORT: '8787' },
    /METRICS_PORT is 8787, as PORT is: choose another/,
  ],
  [
    'a file that is no database',
    { OUTBOX_PATH: 'notes.txt' },
    /notes\.txt: It is not a SQLite database/,
  ],
  [
    'a folder where none can be made',
    { OUTBOX_PATH: '/proc/hubrelay/outbox.db' },
    /\/proc\/hubrelay\/outbox\.db: It cannot be opened or created: name a file/,
  ],
  [
    'a place where no file can be made',
    { OUTBOX_PATH: 'notes.txt/outbox.db' },
    /It cannot be opened or created: [^\n]* \(ENOTDIR/,
  ],
  [
    'a database that is not there',
    { DATABASE_URL: 'postgres://relay:s3cret@127.0.0.1:1/events' },
    /Nothing listens there: check host and port/,
  ],
  [
    'a folder as lock',
    { EVENTS: '', EVENTS_LOCK: '.' },
    /EVENTS_LOCK names \., which cannot be read/,
  ],
])('%s is a sentence, not a stack', async (_, variables, sentence) => {
  const said = await refusal(variables);
  expect(said).toMatch(/^The relay cannot start:\n {2}- [^\n]+\n$/);
  expect(said).toMatch(sentence);
  expect(said).not.toContain('s3cret');
});

test('a port that is taken is named, and the relay lets go of all else', async () => {
  const port = await takenPort();
  expect(await refusal({ PORT: port, METRICS_PORT: '0' })).toMatch(
    new RegExp(`^The relay cannot start:\\n {2}- PORT ${port} is taken at 127\\.0\\.0\\.1: `),
  );
  expect(await refusal({ METRICS_PORT: port })).toContain(`- METRICS_PORT ${port} is taken`);
});
