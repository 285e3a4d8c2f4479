import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { forTerminal } from '../../admin/for-terminal.ts';
import { cliCommand } from '../../cli-command.ts';

/** `hubrelay dead show`. */
export const show = cliCommand({
  meta: { name: 'show', description: 'Show one dead letter with its event, as JSON' },
  args: {
    uuid: { type: 'positional', required: true, description: 'The uuid of the event' },
  },
  async run({ args }) {
    const letter = await adminFromEnv().showDead(args.uuid);
    console.log(forTerminal(JSON.stringify(letter, null, 2)));
  },
});
