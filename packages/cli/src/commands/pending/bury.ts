import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { pendingOrderArgs, pendingOrderOf } from '../../admin/pending-conditions.ts';
import { cliCommand } from '../../cli-command.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay pending bury [uuid …]`. */
export const bury = cliCommand({
  meta: {
    name: 'bury',
    description:
      'Turn pending events into dead letters, which can be replayed: by uuids or by conditions',
  },
  args: { ...pendingOrderArgs, json: JSON_ARG },
  takesList: true,
  async run({ args }) {
    const buried = await adminFromEnv().buryPending(pendingOrderOf(args, args._));
    if (args.json) return printJson({ buried });
    console.log(`Buried: ${buried}. Events on their way to HubSpot are left alone.`);
  },
});
