import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Keeps the files of a process from growing until the result is called: what a full disk is to the process. */
export async function limitFiles(pid: number | undefined): Promise<() => Promise<void>> {
  await setLimit(pid, '1');
  return () => setLimit(pid, 'unlimited');
}

/** Whether this system can keep a process's files from growing. */
export async function canLimitFiles(): Promise<boolean> {
  return run('prlimit', ['--version']).then(
    () => true,
    () => false,
  );
}

/** Every write beyond the limit fails, to new bytes of a database as to its journal. */
async function setLimit(pid: number | undefined, bytes: string): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}
