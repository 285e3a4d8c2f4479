import { adminFromEnv } from '../admin/admin-from-env.ts';
import { cliCommand } from '../cli-command.ts';
import { JSON_ARG, printJson } from '../print-json.ts';

/** `hubrelay resume`. */
export const resume = cliCommand({
  meta: {
    name: 'resume',
    description: 'Resume delivery, and send at once what was to be sent later',
  },
  args: { json: JSON_ARG },
  async run({ args }) {
    const stats = await adminFromEnv().resume();
    if (args.json) return printJson(stats);
    console.log(`Delivery resumed. ${stats.outbox.pending} events are due now.`);
  },
});
