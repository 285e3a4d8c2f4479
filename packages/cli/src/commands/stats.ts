import { setTimeout as sleep } from 'node:timers/promises';
import { adminFromEnv } from '../admin/admin-from-env.ts';
import { forTerminal } from '../admin/for-terminal.ts';
import { statsText } from '../admin/stats-text.ts';
import { CommandError, cliCommand } from '../cli-command.ts';
import { durationOf } from '../duration.ts';
import { JSON_ARG } from '../print-json.ts';
import { stopSignal } from '../stop-signal.ts';

/** `hubrelay stats`. */
export const stats = cliCommand({
  meta: { name: 'stats', description: 'What the relay has accepted, delivered and kept, and why' },
  args: {
    watch: { type: 'boolean', description: 'Go on, and tell it again and again' },
    every: {
      type: 'string',
      valueHint: 'duration',
      default: '2s',
      description: 'How often --watch looks',
    },
    json: JSON_ARG,
  },
  async run({ args }) {
    const admin = adminFromEnv();
    const everyMs = durationOf('every', args.every);
    const tell = async () => {
      const seen = await admin.stats();
      const text = args.json
        ? JSON.stringify(seen, null, args.watch ? undefined : 2)
        : statsText(seen, Date.now());
      console.log(forTerminal(text));
    };
    await tell();
    if (!args.watch) return;
    const stop = new AbortController();
    void stopSignal().then(() => stop.abort());
    const { signal } = stop;
    while (await sleep(everyMs, true, { signal }).catch(() => false)) {
      if (!args.json) console.log('');
      // What worked once may work again: a relay restarts.
      await tell().catch(sayProblem);
    }
  },
});

function sayProblem(error: Error): void {
  if (!(error instanceof CommandError)) throw error;
  console.error(error.message);
}
