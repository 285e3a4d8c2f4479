import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Room for the events of a few hundred cycles and SQLite's journal, and soon full. */
const SIZE_MB = 128;

/** A file system of its own that can be filled up to the last byte. */
export interface SmallDisk {
  /** No byte more fits, until the result is called. */
  fill(): Promise<() => Promise<void>>;
  unmount(): Promise<void>;
}

/** Mounts a tmpfs at the folder. @returns undefined where the system does not let us: it takes root */
export async function mountSmallDisk(
  folder: string,
  sizeMb = SIZE_MB,
): Promise<SmallDisk | undefined> {
  const options = `size=${sizeMb}m,mode=700`;
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
  if (!isMounted) return undefined;
  const ballast = join(folder, 'ballast');
  return {
    async fill() {
      await writeUntilFull(ballast);
      return () => rm(ballast);
    },
    unmount: async () => void (await run('umount', ['--lazy', folder])),
  };
}

/** First in large pieces, then in ever smaller ones, so that no room is left in the end. */
async function writeUntilFull(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let bytes = 2 ** 20; bytes >= 1; bytes = Math.floor(bytes / 16)) {
      while (await fits(file.write(Buffer.alloc(bytes)), bytes));
    }
  } finally {
    await file.close();
  }
}

async function fits(
  writing: Promise<{ readonly bytesWritten: number }>,
  bytes: number,
): Promise<boolean> {
  try {
    return (await writing).bytesWritten === bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
