import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { pendingOrderArgs, pendingOrderOf } from '../../admin/pending-conditions.ts';
import { cliCommand } from '../../cli-command.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay pending purge [uuid …]`. */
export const purge = cliCommand({
  meta: {
    name: 'purge',
    description: 'Delete pending events for good: by uuids or by conditions',
  },
  args: { ...pendingOrderArgs, json: JSON_ARG },
  takesList: true,
  async run({ args }) {
    const purged = await adminFromEnv().purgePending(pendingOrderOf(args, args._));
    if (args.json) return printJson({ purged });
    console.log(`Deleted: ${purged}. Events on their way to HubSpot are left alone.`);
  },
});
