import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { orderArgs, orderOf } from '../../admin/dead-conditions.ts';
import { watchReplay } from '../../admin/watch-replay.ts';
import { cliCommand } from '../../cli-command.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';
import { showsProgress, withProgress } from '../../progress.ts';

/** `hubrelay dead replay [uuid …]`. */
export const replay = cliCommand({
  meta: {
    name: 'replay',
    description: 'Send dead letters to HubSpot again, with fresh tries: by uuids or by conditions',
  },
  args: { ...orderArgs, json: JSON_ARG },
  takesList: true,
  async run({ args }) {
    const order = orderOf(args, args._);
    const admin = adminFromEnv();
    const replay = () => admin.replay(order);
    const replayed = showsProgress()
      ? await withProgress((tell) => watchReplay(admin, replay, tell))
      : await replay();
    if (args.json) return printJson({ replayed });
    console.log(`Requeued: ${replayed}.`);
  },
});
