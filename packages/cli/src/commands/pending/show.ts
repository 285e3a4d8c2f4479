import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { forTerminal } from '../../admin/for-terminal.ts';
import { cliCommand } from '../../cli-command.ts';

/** `hubrelay pending show`. */
export const show = cliCommand({
  meta: { name: 'show', description: 'Show one pending event with its last try, as JSON' },
  args: {
    uuid: { type: 'positional', required: true, description: 'The uuid of the event' },
  },
  async run({ args }) {
    const event = await adminFromEnv().showPending(args.uuid);
    console.log(forTerminal(JSON.stringify(event, null, 2)));
  },
});
