import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { orderArgs, orderOf } from '../../admin/dead-conditions.ts';
import { cliCommand } from '../../cli-command.ts';

/** `hubrelay dead purge [uuid …]`. */
export const purge = cliCommand({
  meta: { name: 'purge', description: 'Delete dead letters for good: by uuids or by conditions' },
  args: orderArgs,
  takesList: true,
  async run({ args }) {
    const count = await adminFromEnv().purge(orderOf(args, args._));
    console.log(`Deleted: ${count}.`);
  },
});
