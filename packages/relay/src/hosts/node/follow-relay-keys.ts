import { readFileSync, statSync } from 'node:fs';
import { parseRelayKeys, type RelayKey } from '../../identity/relay-key.ts';
import type { Logger } from '../../observe/log.ts';

export interface FollowedKeys {
  readonly keys: () => readonly RelayKey[];
  stop(): void;
}

/** A key that was revoked is good for so long still. */
const LOOK_MS = 2_000;

/**
 * The keys of a file, as it is now: a new key works and a revoked one ends without a restart. A file that cannot be read or is not
 * what `hubrelay key` writes changes nothing, and is logged.
 * @param first what it had at the start
 */
export function followRelayKeys(
  file: string,
  first: readonly RelayKey[],
  log: Logger,
  lookMs: number = LOOK_MS,
): FollowedKeys {
  let keys = first;
  let seen: string | undefined;

  function look(): void {
    const version = versionOf(file);
    // What was written between the start and the first look is news, too.
    if (version === seen) return;
    seen = version;
    const parsed = parsedKeys(file);
    if (!parsed.ok) {
      log.error(
        { file, problem: parsed.problem },
        'the file of relay keys was not read again: the keys of before hold',
      );
      return;
    }
    if (JSON.stringify(parsed.keys) === JSON.stringify(keys)) return;
    keys = parsed.keys;
    log.info({ file, keys: keys.map(({ name }) => name) }, 'relay keys were read again');
  }

  const timer = setInterval(look, lookMs);
  timer.unref();
  return { keys: () => keys, stop: () => clearInterval(timer) };
}

function versionOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
}

function parsedKeys(file: string): ReturnType<typeof parseRelayKeys> {
  try {
    return parseRelayKeys(readFileSync(file, 'utf8'));
  } catch (error) {
    return { ok: false, problem: (error as Error).message };
  }
}
