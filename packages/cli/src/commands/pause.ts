import { adminFromEnv } from '../admin/admin-from-env.ts';
import { cliCommand } from '../cli-command.ts';

/** `hubrelay pause`. */
export const pause = cliCommand({
  meta: {
    name: 'pause',
    description: 'Stop delivery, not accepting, until "hubrelay resume"; restarts keep it stopped',
  },
  args: { json: { type: 'boolean', description: 'As JSON' } },
  async run({ args }) {
    const stats = await adminFromEnv().pause();
    if (args.json) return console.log(JSON.stringify(stats, null, 2));
    console.log(
      `Delivery paused. ${stats.outbox.pending} events wait; the relay goes on accepting. Resume with "hubrelay resume".`,
    );
  },
});
