import { adminFromEnv } from '../admin/admin-from-env.ts';
import { cliCommand } from '../cli-command.ts';
import { JSON_ARG, printJson } from '../print-json.ts';

/** `hubrelay pause`. */
export const pause = cliCommand({
  meta: {
    name: 'pause',
    description: 'Stop delivery, not accepting, until "hubrelay resume"; restarts keep it stopped',
  },
  args: { json: JSON_ARG },
  async run({ args }) {
    const stats = await adminFromEnv().pause();
    if (args.json) return printJson(stats);
    console.log(
      `Delivery paused. ${stats.outbox.pending} events wait; the relay goes on accepting. Resume with "hubrelay resume".`,
    );
  },
});
