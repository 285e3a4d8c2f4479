import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteOutbox } from '@hubrelay/relay/outbox/sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

function rescue(...files: string[]) {
  const command = ['--conditions=hubrelay-source', MAIN, 'rescue', ...files];
  return new Promise<{ code: number; said: string; stdout: string }>((resolve) => {
    execFile(process.execPath, command, { env: childEnv }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr, stdout }),
    );
  });
}

const eventOf = (n: number) => ({
  uuid: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  eventName: 'pe1_signup',
  properties: { note: 'x'.repeat(500) },
  occurredAt: '2026-01-01T00:00:00.000Z',
  utk: 'a'.repeat(32),
});

test('what can be read of a damaged file is in the new one, and the file is left alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubrelay-rescue-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [damaged, rescued] = [join(folder, 'outbox.db'), join(folder, 'rescued.db')];
  const outbox = await openSqliteOutbox({ path: damaged });
  await outbox.enqueue(Array.from({ length: 200 }, (_, n) => eventOf(n)));
  await outbox.close();
  const file = await open(damaged, 'r+');
  const { size } = await file.stat();
  await file.write(Buffer.alloc(4096, 0x5a), 0, 4096, Math.floor(size / 8192) * 4096);
  await file.close();

  const { code, said } = await rescue(damaged, rescued);
  expect(code).toBe(0);
  const [, pending, gaps] =
    /^(\d+) waiting events and 0 dead letters are in .*skipped: (\d+)\.$/m.exec(said) ?? [];
  expect(Number(pending)).toBeGreaterThan(150);
  expect(Number(gaps)).toBeGreaterThan(0);
  expect(said).toContain(`Start the relay with OUTBOX_PATH=${rescued}`);
  const opened = await openSqliteOutbox({ path: rescued });
  expect(await opened.stats()).toMatchObject({ pending: Number(pending) });
  await opened.close();

  const again = await rescue(damaged, join(folder, 'again.db'), '--json');
  expect(JSON.parse(again.stdout)).toEqual({
    pending: Number(pending),
    dead: 0,
    gaps: Number(gaps),
    file: join(folder, 'again.db'),
  });

  expect(await rescue(damaged, rescued)).toMatchObject({
    code: 1,
    said: expect.stringContaining('exists already: name a new file'),
  });
});

test('a file that is not there is told', async () => {
  const { code, said } = await rescue('/nowhere/outbox.db', '/nowhere/rescued.db', '--json');
  expect(code).toBe(1);
  expect(said).toContain('/nowhere/outbox.db');
  expect(said).not.toMatch(/\n\s+at /);
});
