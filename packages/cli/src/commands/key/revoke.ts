import { CommandError, cliCommand } from '../../cli-command.ts';
import { FILE_ARG, keysIn, writeKeys } from '../../keys/key-file.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay key revoke`. */
export const revoke = cliCommand({
  meta: {
    name: 'revoke',
    description: 'Take a key out of the file; a running relay on Node refuses it within seconds',
  },
  args: {
    name: { type: 'positional', required: true, description: 'The name of the key' },
    file: FILE_ARG,
    json: JSON_ARG,
  },
  async run({ args }) {
    const keys = await keysIn(args.file);
    const left = keys.filter(({ name }) => name !== args.name);
    if (left.length === keys.length) {
      const names = keys.map(({ name }) => name).join(', ') || 'none';
      throw new CommandError(`${args.file} has no key "${args.name}"; it has: ${names}.`);
    }
    await writeKeys(args.file, left);
    if (args.json) return printJson({ name: args.name, file: args.file });
    console.log(
      `Revoked "${args.name}" in ${args.file}. A relay on Node that has it as RELAY_KEYS_FILE refuses the key within seconds; any other takes it until it is deployed again.`,
    );
  },
});
