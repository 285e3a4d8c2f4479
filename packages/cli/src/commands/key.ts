import { readFile, writeFile } from 'node:fs/promises';
import { mintRelayKey, parseRelayKeys, type RelayKey } from '@hubrelay/relay';
import { CommandError, cliCommand } from '../cli-command.ts';

/** `hubrelay key`. */
export const key = cliCommand({
  meta: {
    name: 'key',
    description: 'Make a key for a server that sends events through the relay',
  },
  args: {
    name: {
      type: 'positional',
      description: 'What the log calls the server: shop-backend',
    },
    events: {
      type: 'string',
      valueHint: 'names',
      description: 'The events that it may send, separated by commas; all without this',
    },
    file: {
      type: 'string',
      valueHint: 'file',
      default: 'relay-keys.json',
      description: 'The relay’s RELAY_KEYS_FILE, which gets the hash of the key',
    },
  },
  async run({ args }) {
    const { name = '', file = 'relay-keys.json' } = args;
    if (!/^[\w.-]{1,50}$/.test(name)) {
      throw new CommandError(`"${name}" is not a valid name: use letters, digits, _ . - only.`);
    }
    const keys = await keysIn(file);
    if (keys.some((known) => known.name === name)) {
      throw new CommandError(
        `${file} has a key "${name}": to replace it, make ${name}-2, change the server over, then delete the old one.`,
      );
    }
    const events = (args.events ?? '').split(',').flatMap((event) => event.trim() || []);
    const { secret, key } = await mintRelayKey(name, events);
    const text = `${JSON.stringify({ keys: [...keys, key] }, null, 2)}\n`;
    await writeFile(file, text, { mode: 0o600 });
    console.log(secret);
    console.error(
      `This is the key of "${name}"; it is not shown again. ${file} has its hash: restart the relay to use it.`,
    );
  },
});

async function keysIn(file: string): Promise<readonly RelayKey[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"keys":[]}';
    throw new CommandError(`${file} cannot be read: ${error.message}`);
  });
  const parsed = parseRelayKeys(text);
  if (!parsed.ok)
    throw new CommandError(`${file} is not what this command writes: ${parsed.problem}.`);
  return parsed.keys;
}
