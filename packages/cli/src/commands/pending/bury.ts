import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { pendingOrderArgs, pendingOrderOf } from '../../admin/pending-conditions.ts';
import { cliCommand } from '../../cli-command.ts';

/** `hubrelay pending bury [uuid …]`. */
export const bury = cliCommand({
  meta: {
    name: 'bury',
    description:
      'Turn pending events into dead letters, which can be replayed: by uuids or by conditions',
  },
  args: pendingOrderArgs,
  takesList: true,
  async run({ args }) {
    const count = await adminFromEnv().buryPending(pendingOrderOf(args, args._));
    console.log(`Buried: ${count}. Events on their way to HubSpot are left alone.`);
  },
});
