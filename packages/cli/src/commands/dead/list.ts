import type { DeadLetter } from '@hubrelay/relay';
import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { conditionArgs, conditionsOf } from '../../admin/dead-conditions.ts';
import { forTerminal } from '../../admin/for-terminal.ts';
import { cliCommand } from '../../cli-command.ts';
import { oneLine } from '../../one-line.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay dead list`. */
export const list = cliCommand({
  meta: { name: 'list', description: 'List dead letters, the newest first, with HubSpot’s words' },
  args: {
    ...conditionArgs,
    limit: { type: 'string', valueHint: 'number', default: '50', description: 'At most this many' },
    cursor: { type: 'string', description: 'Where the list before ended' },
    json: JSON_ARG,
  },
  async run({ args }) {
    const { items, next } = await adminFromEnv().listDead({
      ...conditionsOf(args),
      limit: args.limit,
      ...(args.cursor !== undefined && { cursor: args.cursor }),
    });
    if (args.json) return printJson({ items, next });
    if (items.length === 0) console.log('No dead letters.');
    for (const letter of items) console.log(lineOf(letter));
    if (next !== undefined) console.log(`More: --cursor ${next}`);
  },
});

function lineOf({ event, reason, error, lastAt }: DeadLetter): string {
  const said = [error.status, error.category, error.message].filter(Boolean).join(' ');
  const line = `${new Date(lastAt).toISOString()}  ${event.uuid}  ${event.eventName}  ${reason}  ${said}`;
  return forTerminal(oneLine(line.trimEnd()));
}
