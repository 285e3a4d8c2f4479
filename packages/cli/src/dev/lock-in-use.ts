import { unwatchFile, watchFile } from 'node:fs';
import { type EventsLock, lockPolicy, type Policy } from '@hubrelay/relay';
import { CommandError } from '../cli-command.ts';
import { readLock } from './read-lock.ts';

/** A lock file that is read again whenever it changes. */
export interface LockInUse {
  /** Decides by the lock as it is now. */
  readonly policy: Policy;
  readonly lock: () => EventsLock;
  close(): void;
}

export interface LockWatcher {
  readonly onChange: (lock: EventsLock) => void;
  /** A sentence for the developer. */
  readonly say: (line: string) => void;
}

/** Editors replace files: looking at the path finds the new one, also where the system tells of no changes. */
const LOOK_MS = 300;

/** @throws CommandError when the lock cannot be read at the start; later the one before stays in use */
export function useLock(path: string, { onChange, say }: LockWatcher): LockInUse {
  const first = readLock(path);
  if (!first.ok) throw new CommandError(first.problem);
  let { lock } = first;
  let policy = lockPolicy(lock);

  function look(): void {
    const read = readLock(path);
    if (!read.ok) {
      say(`${read.problem.replace(/\.$/, '')}. The lock that was read before stays in use.`);
      return;
    }
    if (read.lock.hubId !== lock.hubId) {
      say(
        `${path} is of account ${read.lock.hubId} now, not ${lock.hubId}: start again to use it.`,
      );
      return;
    }
    if (JSON.stringify(read.lock) === JSON.stringify(lock)) return;
    lock = read.lock;
    policy = lockPolicy(lock);
    onChange(lock);
    say(`Read ${path} again: ${Object.keys(lock.events).length} events.`);
  }

  watchFile(path, { interval: LOOK_MS }, look);
  return {
    policy: { apply: (event, sender) => policy.apply(event, sender) },
    lock: () => lock,
    close: () => unwatchFile(path, look),
  };
}
