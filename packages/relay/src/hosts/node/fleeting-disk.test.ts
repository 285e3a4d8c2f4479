import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { fleetingDisk } from './fleeting-disk.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return { ...fs, statfsSync: vi.fn(fs.statfsSync) };
});

const { statfsSync } = await import('node:fs');
const EXT4 = 0xef53;
const says = (type: number) => vi.mocked(statfsSync).mockReturnValueOnce({ type } as never);

afterEach(() => vi.mocked(statfsSync).mockClear());

test.each([
  [0x01021994, /in memory \(tmpfs\).*may be lost.*DATABASE_URL/],
  [0x794c7630, /container’s own layer/],
])('a file system of type %i is warned of', (type, words) => {
  says(type);
  expect(fleetingDisk('/data/hubrelay.db')).toMatch(words);
});

test('a disk is not, nor what tells nothing', () => {
  says(EXT4);
  expect(fleetingDisk('/data/hubrelay.db')).toBeUndefined();
  vi.mocked(statfsSync).mockImplementationOnce(() => {
    throw new Error('ENOSYS');
  });
  expect(fleetingDisk('/data/hubrelay.db')).toBeUndefined();
});

test.skipIf(process.platform !== 'linux')(
  'a real tmpfs is known, also by a folder that is not there yet',
  () => {
    const folder = mkdtempSync('/dev/shm/hubrelay-');
    expect(fleetingDisk(join(folder, 'not/yet/hubrelay.db'))).toMatch(/tmpfs/);
    rmSync(folder, { recursive: true });
  },
);
