import { systemClock, verifyEvents, verifyUnremembered, wordsOf } from '@hubrelay/relay';
import type { AdminClient } from '../admin/admin-client.ts';
import { adminFromEnv } from '../admin/admin-from-env.ts';
import { forTerminal } from '../admin/for-terminal.ts';
import { lookUp } from '../admin/history.ts';
import { CommandError, cliCommand } from '../cli-command.ts';
import { durationOf } from '../duration.ts';
import { JSON_ARG, printJson } from '../print-json.ts';
import { stopSignal } from '../stop-signal.ts';
import { lineOf, reportOf, summaryOf } from '../verify/report.ts';
import { type ReadBackClients, readBackFromEnv } from '../verify/verify-settings.ts';
import { watch } from '../verify/watch.ts';

/** Beside 0 and 1, which is a problem of the command: at least one event is not shown. */
const NOT_SHOWN = 2;

/** `hubrelay verify`. */
export const verify = cliCommand({
  meta: {
    name: 'verify',
    description:
      'Read delivered events back from HubSpot: shown, not shown yet, not shown, cannot be known. Exits with 2 when one is not shown',
  },
  args: {
    uuid: { type: 'string', valueHint: 'uuid', description: 'This event' },
    last: {
      type: 'string',
      valueHint: 'duration',
      default: '1h',
      description: 'A sample of what was delivered in this time: 15m, 1h, 2h',
    },
    sample: {
      type: 'string',
      valueHint: 'number',
      default: '100',
      description: 'So many events, at most 500',
    },
    lag: {
      type: 'string',
      valueHint: 'duration',
      default: '15m',
      description: 'How long after its delivery HubSpot may take to show an event',
    },
    watch: { type: 'boolean', description: 'Go on, and tell each event as it is decided' },
    every: {
      type: 'string',
      valueHint: 'duration',
      default: '1m',
      description: 'How often --watch looks',
    },
    json: JSON_ARG,
  },
  async run({ args }) {
    const clients = readBackFromEnv();
    const admin = adminFromEnv();
    const sample = sampleOf(args.sample);
    const lastMs = durationOf('last', args.last);
    const options = { ...clients, clock: systemClock, lagMs: durationOf('lag', args.lag) };
    const print = (text: string) => console.log(forTerminal(text));

    if (args.watch) {
      const everyMs = durationOf('every', args.every);
      const stop = new AbortController();
      void stopSignal().then(() => stop.abort());
      const tell = args.json
        ? (one: object) => print(JSON.stringify(one))
        : (one: Parameters<typeof lineOf>[0]) => print(lineOf(one));
      const { signal } = stop;
      await watch({ admin, verify: options, lastMs, sample, everyMs, tell, signal });
      return;
    }

    const found = args.uuid === undefined ? undefined : await findEvent(admin, args.uuid);
    if (args.uuid !== undefined && typeof found === 'string') {
      await tellUnremembered(args.uuid, found, clients, args.json === true);
      return;
    }
    const after = new Date(Date.now() - lastMs).toISOString();
    const page =
      found && typeof found !== 'string'
        ? { items: [found], delivered: 1, since: found.deliveredAt }
        : await admin.listDelivered({ after, limit: String(sample) });
    const verified = await verifyEvents(page.items, options);
    if (!verified.ok) throw new CommandError(verified.problem);

    const report = reportOf(verified.events, page);
    if (args.json) printJson(report);
    else {
      for (const one of report.events) if (one.state !== 'shown' || args.uuid) print(lineOf(one));
      print(summaryOf(report));
    }
    if (report.states.not_shown) process.exitCode = NOT_SHOWN;
  },
});

function sampleOf(text: string): number {
  const sample = Number(text);
  if (Number.isInteger(sample) && sample >= 1 && sample <= 500) return sample;
  throw new CommandError(`--sample ${text} is not a number of events: write 1 to 500.`);
}

/** The event, or where it is instead. */
async function findEvent(admin: AdminClient, uuid: string) {
  const found = await lookUp(admin, uuid);
  return found?.state === 'delivered' ? found : (found?.state ?? 'unknown');
}

async function tellUnremembered(
  uuid: string,
  relay: 'pending' | 'dead' | 'unknown',
  { client }: ReadBackClients,
  asJson: boolean,
): Promise<void> {
  const { state, reason } = await verifyUnremembered(uuid, relay, client);
  const words = `${uuid}  ${state.replaceAll('_', ' ')} (${reason}): ${wordsOf(reason).replace('UUID', uuid)}`;
  if (asJson) printJson({ uuid, state, reason });
  else console.log(forTerminal(words));
  if (state === 'not_shown') process.exitCode = NOT_SHOWN;
}
