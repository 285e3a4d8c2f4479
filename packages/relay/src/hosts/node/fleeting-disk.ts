import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** statfs(2) */
const FLEETING = new Map([
  [0x01021994, 'in memory (tmpfs), and ends with the machine'],
  [0x858458f6, 'in memory (ramfs), and ends with the machine'],
  [0x794c7630, 'in the container’s own layer (overlay), and is deleted with the container'],
]);

/**
 * Says so when what holds the outbox ends sooner than an acknowledgement promises; undefined where it is a disk.
 * @param typeOf the type of the file system of a folder, by statfs(2)
 */
export function fleetingDisk(path: string, typeOf = typeOfFileSystem): string | undefined {
  const why = FLEETING.get(typeOf(dirname(path)));
  return (
    why &&
    `OUTBOX_PATH ${path} is ${why}: acknowledged events may be lost. Put it on a disk or a volume, or use DATABASE_URL`
  );
}

/** Of the folder, or of the one that it will be made in. Not every system tells; 0 then. */
function typeOfFileSystem(folder: string): number {
  if (!existsSync(folder))
    return folder === dirname(folder) ? 0 : typeOfFileSystem(dirname(folder));
  try {
    return statfsSync(folder).type;
  } catch {
    return 0;
  }
}
