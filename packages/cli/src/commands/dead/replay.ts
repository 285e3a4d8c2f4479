import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { orderArgs, orderOf } from '../../admin/dead-conditions.ts';
import { cliCommand } from '../../cli-command.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay dead replay [uuid …]`. */
export const replay = cliCommand({
  meta: {
    name: 'replay',
    description: 'Send dead letters to HubSpot again, with fresh tries: by uuids or by conditions',
  },
  args: { ...orderArgs, json: JSON_ARG },
  takesList: true,
  async run({ args }) {
    const replayed = await adminFromEnv().replay(orderOf(args, args._));
    if (args.json) return printJson({ replayed });
    console.log(`Requeued: ${replayed}.`);
  },
});
