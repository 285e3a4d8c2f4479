import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { cliCommand } from '../../cli-command.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay dead show`. */
export const show = cliCommand({
  meta: { name: 'show', description: 'Show one dead letter with its event, as JSON' },
  args: {
    uuid: { type: 'positional', required: true, description: 'The uuid of the event' },
    json: { ...JSON_ARG, description: 'As JSON, which is what it prints anyway' },
  },
  async run({ args }) {
    printJson(await adminFromEnv().showDead(args.uuid));
  },
});
