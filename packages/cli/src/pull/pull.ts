import { readFile } from 'node:fs/promises';
import { type EventsLock, parseLock } from '@hubrelay/relay';
import { diffLocks } from './diff-locks.ts';
import { type FetchDefinitionsOptions, fetchDefinitions } from './fetch-definitions.ts';
import { formatLock } from './format-lock.ts';
import { formatTypes } from './format-types.ts';
import { lockOf } from './lock-of.ts';

export interface PullOptions extends FetchDefinitionsOptions {
  readonly lockPath: string;
  readonly typesPath: string;
  /** The account that the definitions must be of; absent: whichever the token belongs to. */
  readonly hubId: string | undefined;
}

export type Pulled =
  | {
      readonly ok: true;
      readonly lock: EventsLock;
      /** What HubSpot has now and the lock has not, for a person. Empty when only the form of a file differs. */
      readonly changes: readonly string[];
      readonly notes: readonly string[];
      /** The files that must be written. Empty when all is as HubSpot has it. */
      readonly stale: readonly StaleFile[];
    }
  | { readonly ok: false; readonly problem: string };

export interface StaleFile {
  readonly path: string;
  readonly text: string;
}

/** Compares HubSpot's definitions with the files of the project. Writes nothing. */
export async function pull(options: PullOptions): Promise<Pulled> {
  const fetched = await fetchDefinitions(options);
  if (!fetched.ok) return fetched;
  const made = lockOf(fetched.definitions);
  if (!made.ok) return made;
  const { lock, notes } = made;
  if (options.hubId !== undefined && options.hubId !== lock.hubId) {
    const problem = `HUBSPOT_DEFINITIONS_TOKEN is of account ${lock.hubId}, but HUBSPOT_HUB_ID says ${options.hubId}: take a key of that account, or correct the number.`;
    return { ok: false, problem };
  }

  const current = await textOf(options.lockPath);
  const before = lockFrom(current, lock.hubId, options.lockPath);
  if (!before.ok) return before;
  const wanted = [
    { path: options.lockPath, text: formatLock(lock), current },
    { path: options.typesPath, text: formatTypes(lock), current: await textOf(options.typesPath) },
  ];
  return {
    ok: true,
    lock,
    notes,
    changes: diffLocks(before.lock, lock),
    stale: wanted.filter((file) => file.text !== file.current),
  };
}

/** Undefined when there is no such file. Line ends are git's business. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).replaceAll('\r\n', '\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // Of a folder the error has none.
    throw Object.assign(error as Error, { path });
  }
}

/** A lock that cannot be read is left alone: to call everything in it new would be wrong. */
function lockFrom(
  text: string | undefined,
  hubId: string,
  path: string,
):
  | { readonly ok: true; readonly lock: EventsLock }
  | { readonly ok: false; readonly problem: string } {
  if (text === undefined) return { ok: true, lock: { version: 1, hubId, events: {} } };
  const advice = 'Restore it (git checkout), or delete it and run this again.';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: `${path} is unreadable: it is not JSON. ${advice}` };
  }
  const parsed = parseLock(json);
  if (parsed.ok) return parsed;
  return {
    ok: false,
    problem: `${path} is unreadable: ${parsed.issues[0]?.message ?? 'not a lock'}. ${advice}`,
  };
}
