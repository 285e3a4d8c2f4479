import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { pendingOrderArgs, pendingOrderOf } from '../../admin/pending-conditions.ts';
import { cliCommand } from '../../cli-command.ts';

/** `hubrelay pending purge [uuid …]`. */
export const purge = cliCommand({
  meta: {
    name: 'purge',
    description: 'Delete pending events for good: by uuids or by conditions',
  },
  args: pendingOrderArgs,
  takesList: true,
  async run({ args }) {
    const count = await adminFromEnv().purgePending(pendingOrderOf(args, args._));
    console.log(`Deleted: ${count}. Events on their way to HubSpot are left alone.`);
  },
});
