import { adminFromEnv } from '../admin/admin-from-env.ts';
import { forTerminal } from '../admin/for-terminal.ts';
import { historyText, lookUp } from '../admin/history.ts';
import { CommandError, cliCommand } from '../cli-command.ts';
import { JSON_ARG, printJson } from '../print-json.ts';

/** `hubrelay show`. */
export const show = cliCommand({
  meta: { name: 'show', description: 'Where one event is, and what became of it' },
  args: {
    uuid: { type: 'positional', required: true, description: 'The uuid of the event' },
    json: JSON_ARG,
  },
  async run({ args }) {
    const found = await lookUp(adminFromEnv(), args.uuid);
    if (found === undefined) {
      throw new CommandError(
        'The relay knows no event with this uuid. It is still in the page, or it was deleted, or it was delivered: of delivered events the relay remembers a sample, at most two hours old. "hubrelay verify --uuid" asks HubSpot.',
      );
    }
    if (args.json) return printJson(found);
    console.log(forTerminal(historyText(found, Date.now())));
  },
});
