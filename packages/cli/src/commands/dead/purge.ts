import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { orderArgs, orderOf } from '../../admin/dead-conditions.ts';
import { cliCommand } from '../../cli-command.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay dead purge [uuid …]`. */
export const purge = cliCommand({
  meta: { name: 'purge', description: 'Delete dead letters for good: by uuids or by conditions' },
  args: { ...orderArgs, json: JSON_ARG },
  takesList: true,
  async run({ args }) {
    const purged = await adminFromEnv().purge(orderOf(args, args._));
    if (args.json) return printJson({ purged });
    console.log(`Deleted: ${purged}.`);
  },
});
