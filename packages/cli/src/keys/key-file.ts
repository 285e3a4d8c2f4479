import { readFile, rename, writeFile } from 'node:fs/promises';
import { parseRelayKeys, type RelayKey } from '@hubrelay/relay';
import { CommandError } from '../cli-command.ts';

export const FILE_ARG = {
  type: 'string',
  valueHint: 'file',
  default: 'relay-keys.json',
  description: 'The relay’s RELAY_KEYS_FILE, which has the hashes of the keys',
} as const;

/** The keys of a file; none when there is no file. @throws CommandError */
export async function keysIn(file: string): Promise<readonly RelayKey[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"keys":[]}';
    throw new CommandError(`${file} cannot be read: ${error.message}`);
  });
  const parsed = parseRelayKeys(text);
  if (!parsed.ok)
    throw new CommandError(`${file} is not what this command writes: ${parsed.problem}.`);
  return parsed.keys;
}

/** A relay may read the file at any time: it is never half. @throws the system's error, with the path of the file */
export async function writeKeys(file: string, keys: readonly RelayKey[]): Promise<void> {
  const next = `${file}.next`;
  try {
    await writeFile(next, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
    await rename(next, file);
  } catch (error) {
    // The owner of the file knows its own name only.
    throw Object.assign(error as Error, { path: file });
  }
}
