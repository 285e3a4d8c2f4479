import { adminFromEnv } from '../admin/admin-from-env.ts';
import { forTerminal } from '../admin/for-terminal.ts';
import { documentOf, wayOf } from '../admin/history.ts';
import { boundsOf, timelineOf } from '../admin/timeline.ts';
import { CommandError, cliCommand } from '../cli-command.ts';
import { JSON_ARG, printJson } from '../print-json.ts';
import { readBack, wordsOfReadBack } from '../verify/read-back.ts';

/** `hubrelay show`. */
export const show = cliCommand({
  meta: {
    name: 'show',
    description:
      'Where one event is, and each step of its way: page, relay, calls with HubSpot’s words, and whether it shows in HubSpot',
  },
  args: {
    uuid: { type: 'positional', required: true, description: 'The uuid of the event' },
    json: JSON_ARG,
  },
  async run({ args }) {
    const way = await wayOf(adminFromEnv(), args.uuid);
    if (way === undefined) {
      throw new CommandError(
        'The relay knows no event with this uuid. It is still in the page, or it was deleted, or it was delivered: of delivered events the relay remembers the last ones, and a sample of two hours. "hubrelay verify --uuid" asks HubSpot.',
      );
    }
    const { found } = way;
    // Only what HubSpot acknowledged can show there.
    const seen = found.state === 'delivered' ? await readBack(found) : undefined;
    if (args.json) return printJson({ ...documentOf(way), ...(seen && { readBack: seen }) });
    const now = Date.now();
    const end = seen ? [wordsOfReadBack(seen, args.uuid, now)] : [];
    console.log(forTerminal([...timelineOf(way, now), ...end, ...boundsOf(way)].join('\n')));
  },
});
