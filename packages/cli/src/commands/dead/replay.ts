import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { orderArgs, orderOf } from '../../admin/dead-conditions.ts';
import { cliCommand } from '../../cli-command.ts';

/** `hubrelay dead replay [uuid …]`. */
export const replay = cliCommand({
  meta: {
    name: 'replay',
    description: 'Send dead letters to HubSpot again, with fresh tries: by uuids or by conditions',
  },
  args: orderArgs,
  takesList: true,
  async run({ args }) {
    const count = await adminFromEnv().replay(orderOf(args, args._));
    console.log(`Requeued: ${count}.`);
  },
});
