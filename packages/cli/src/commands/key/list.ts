import { cliCommand } from '../../cli-command.ts';
import { FILE_ARG, keysIn } from '../../keys/key-file.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay key list`. */
export const list = cliCommand({
  meta: { name: 'list', description: 'List the keys of servers, and what each may send' },
  args: { file: FILE_ARG, json: JSON_ARG },
  async run({ args }) {
    const keys = (await keysIn(args.file)).map(({ name, events }) => ({ name, events }));
    if (args.json) return printJson(keys);
    if (keys.length === 0) console.log(`${args.file} has no keys.`);
    for (const { name, events = [] } of keys)
      console.log(`${name}  ${events.length > 0 ? events.join(', ') : 'all events'}`);
  },
});
