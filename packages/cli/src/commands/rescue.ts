import { rescueOutbox } from '@hubrelay/relay/outbox/sqlite';
import { CommandError, cliCommand } from '../cli-command.ts';
import { JSON_ARG, printJson } from '../print-json.ts';
import { counted, withProgress } from '../progress.ts';

/** `hubrelay rescue outbox.db rescued.db`. */
export const rescue = cliCommand({
  meta: {
    name: 'rescue',
    description: 'Copy what can be read of a damaged outbox file into a new one',
  },
  args: {
    from: { type: 'positional', description: 'The damaged file; stop its relay before' },
    to: { type: 'positional', description: 'The new file, which must not exist yet' },
    json: JSON_ARG,
  },
  async run({ args }) {
    const { from = '', to = '' } = args;
    const { pending, dead, gaps } = await withProgress((tell) =>
      rescueOutbox(from, to, (events) => tell(`Copied ${counted(events)} events …`)),
    ).catch((error: Error) => {
      throw new CommandError(error.message);
    });
    if (args.json) return printJson({ pending, dead, gaps, file: to });
    console.log(
      `${pending} waiting events and ${dead} dead letters are in ${to}. Damaged places that were skipped: ${gaps}.`,
    );
    console.error(`Start the relay with OUTBOX_PATH=${to}. Keep ${from} until all is delivered.`);
  },
});
