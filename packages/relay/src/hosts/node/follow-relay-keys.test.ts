import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { mintRelayKey } from '../../identity/relay-key.ts';
import { silentLogger } from '../../observe/log.ts';
import { followRelayKeys } from './follow-relay-keys.ts';

test('a new key works and a revoked one ends while the relay runs; a broken file changes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hubrelay-keys-'));
  const file = join(folder, 'relay-keys.json');
  const { key: one } = await mintRelayKey('one');
  const { key: two } = await mintRelayKey('two');
  writeFileSync(file, JSON.stringify({ keys: [one] }));
  const errors: string[] = [];
  const log = { ...silentLogger, error: (_: object, message: string) => errors.push(message) };
  const followed = followRelayKeys(file, [one], log as never, 20);
  onTestFinished(() => {
    followed.stop();
    rmSync(folder, { recursive: true });
  });
  const names = () => followed.keys().map(({ name }) => name);
  expect(names()).toEqual(['one']);

  // As `hubrelay key` writes it: never half.
  writeFileSync(join(folder, 'next'), JSON.stringify({ keys: [one, two] }));
  renameSync(join(folder, 'next'), file);
  await expect.poll(names).toEqual(['one', 'two']);
  writeFileSync(file, '{"keys": [');
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  expect(names()).toEqual(['one', 'two']);
  writeFileSync(file, JSON.stringify({ keys: [two] }));
  await expect.poll(names).toEqual(['two']);
});
