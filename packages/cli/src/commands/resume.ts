import { adminFromEnv } from '../admin/admin-from-env.ts';
import { cliCommand } from '../cli-command.ts';

/** `hubrelay resume`. */
export const resume = cliCommand({
  meta: {
    name: 'resume',
    description: 'Resume delivery, and send at once what was to be sent later',
  },
  args: { json: { type: 'boolean', description: 'As JSON' } },
  async run({ args }) {
    const stats = await adminFromEnv().resume();
    if (args.json) return console.log(JSON.stringify(stats, null, 2));
    console.log(`Delivery resumed. ${stats.outbox.pending} events are due now.`);
  },
});
