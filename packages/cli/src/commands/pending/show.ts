import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { cliCommand } from '../../cli-command.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay pending show`. */
export const show = cliCommand({
  meta: { name: 'show', description: 'Show one pending event with its last try, as JSON' },
  args: {
    uuid: { type: 'positional', required: true, description: 'The uuid of the event' },
    json: { ...JSON_ARG, description: 'As JSON, which is what it prints anyway' },
  },
  async run({ args }) {
    printJson(await adminFromEnv().showPending(args.uuid));
  },
});
