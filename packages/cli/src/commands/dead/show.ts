import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { cliCommand } from '../../cli-command.ts';

/** `hubrelay dead show`. */
export const show = cliCommand({
  meta: { name: 'show', description: 'Show one dead letter with its event, as JSON' },
  args: {
    uuid: { type: 'positional', required: true, description: 'The uuid of the event' },
  },
  async run({ args }) {
    console.log(JSON.stringify(await adminFromEnv().showDead(args.uuid), null, 2));
  },
});
