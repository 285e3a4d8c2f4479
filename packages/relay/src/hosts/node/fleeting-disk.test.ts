import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fleetingDisk } from './fleeting-disk.ts';

const EXT4 = 0xef53;

test.each([
  [0x01021994, /in memory \(tmpfs\).*may be lost.*DATABASE_URL/],
  [0x794c7630, /container’s own layer/],
])('a file system of type %i is warned of', (type, words) => {
  expect(fleetingDisk('/data/hubrelay.db', () => type)).toMatch(words);
});

test('a disk is not, nor what tells nothing', () => {
  expect(fleetingDisk('/data/hubrelay.db', () => EXT4)).toBeUndefined();
  expect(fleetingDisk('/data/hubrelay.db', () => 0)).toBeUndefined();
});

test.skipIf(process.platform !== 'linux')(
  'a real tmpfs is known, also by a folder that is not there yet',
  () => {
    const folder = mkdtempSync('/dev/shm/hubrelay-');
    expect(fleetingDisk(join(folder, 'not/yet/hubrelay.db'))).toMatch(/tmpfs/);
    rmSync(folder, { recursive: true });
  },
);
