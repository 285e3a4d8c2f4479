import { mintRelayKey } from '@hubrelay/relay';
import { CommandError, cliCommand } from '../../cli-command.ts';
import { FILE_ARG, keysIn, writeKeys } from '../../keys/key-file.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** HubSpot's short names, or with the prefix of an account. */
const EVENT_NAME = /^(pe\d+_)?[a-z][a-z0-9_-]{0,49}$/;

/** `hubrelay key make`. */
export const make = cliCommand({
  meta: {
    name: 'make',
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
    file: FILE_ARG,
    json: JSON_ARG,
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
    const wrong = events.find((event) => !EVENT_NAME.test(event));
    if (wrong !== undefined) {
      throw new CommandError(
        `"${wrong}" is not a valid event name: start with a lower-case letter, then up to 49 of a–z, 0–9, _, -.`,
      );
    }
    const { secret, key } = await mintRelayKey(name, events);
    await writeKeys(file, [...keys, key]);
    if (args.json) return printJson({ name, events: key.events, key: secret, file });
    console.log(secret);
    console.error(
      `This is the key of "${name}"; it is not shown again. ${file} has its hash: a running relay on Node takes it within seconds.`,
    );
  },
});
