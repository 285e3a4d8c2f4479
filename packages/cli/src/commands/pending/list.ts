import type { PendingEvent } from '@hubrelay/relay';
import { adminFromEnv } from '../../admin/admin-from-env.ts';
import { forTerminal } from '../../admin/for-terminal.ts';
import { pendingArgs, pendingQueryOf } from '../../admin/pending-conditions.ts';
import { cliCommand } from '../../cli-command.ts';
import { oneLine } from '../../one-line.ts';
import { JSON_ARG, printJson } from '../../print-json.ts';

/** `hubrelay pending list`. */
export const list = cliCommand({
  meta: {
    name: 'list',
    description: 'List pending events, the first stored first, with what their last try came to',
  },
  args: {
    ...pendingArgs,
    limit: { type: 'string', valueHint: 'number', default: '50', description: 'At most this many' },
    cursor: { type: 'string', description: 'Where the list before ended' },
    json: JSON_ARG,
  },
  async run({ args }) {
    const { items, next } = await fullPage(args.limit, args.cursor, pendingQueryOf(args));
    if (args.json) return printJson({ items, next });
    if (items.length === 0) console.log('No pending events.');
    for (const event of items) console.log(lineOf(event));
    if (next !== undefined) console.log(`More: --cursor ${next}`);
  },
});

/** A page may come up short because it looked at many events that were not asked for. */
async function fullPage(limit: string, from: string | undefined, query: Record<string, string>) {
  const admin = adminFromEnv();
  const items: PendingEvent[] = [];
  let cursor = from;
  do {
    const left = Number(limit) - items.length;
    const page = await admin.listPending({
      ...query,
      limit: items.length === 0 ? limit : String(left),
      ...(cursor !== undefined && { cursor }),
    });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined && items.length < Number(limit));
  return { items, next: cursor };
}

function lineOf({ event, attempts, enqueuedAt, isClaimed, lastError }: PendingEvent): string {
  const { status, category, message } = lastError ?? {};
  const said = [status, category, message].filter(Boolean).join(' ');
  const state = isClaimed ? 'on its way' : `tries ${attempts}`;
  const time = new Date(enqueuedAt).toISOString();
  const line = `${time}  ${event.uuid}  ${event.eventName}  ${state}  ${said}`;
  return forTerminal(oneLine(line.trimEnd()));
}
