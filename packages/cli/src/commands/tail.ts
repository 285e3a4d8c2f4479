import { adminFromEnv } from '../admin/admin-from-env.ts';
import { follow } from '../admin/follow.ts';
import { forTerminal } from '../admin/for-terminal.ts';
import { lineOfStep } from '../admin/step-words.ts';
import { cliCommand } from '../cli-command.ts';
import { durationOf } from '../duration.ts';
import { JSON_ARG } from '../print-json.ts';
import { stopSignal } from '../stop-signal.ts';

/** `hubrelay tail`. */
export const tail = cliCommand({
  meta: {
    name: 'tail',
    description: 'Follow events on their way: accepted, delivered, retried, refused, dead',
  },
  args: {
    event: {
      type: 'string',
      valueHint: 'name',
      description: 'Only this event: signup, or as HubSpot calls it, pe1234567_signup',
    },
    outcome: {
      type: 'string',
      valueHint: 'what',
      description: 'Only steps of this kind: accepted, delivered, retried, refused or dead',
    },
    uuid: { type: 'string', valueHint: 'uuid', description: 'Only the event with this uuid' },
    all: { type: 'boolean', description: 'Begin with what the relay remembers' },
    every: {
      type: 'string',
      valueHint: 'duration',
      default: '1s',
      description: 'How often it looks',
    },
    json: { ...JSON_ARG, description: 'As JSON, one document per line' },
  },
  async run({ args }) {
    const everyMs = durationOf('every', args.every);
    const stop = new AbortController();
    void stopSignal().then(() => stop.abort());
    // What it is piped to has ended: `hubrelay tail | head`.
    process.stdout.once('error', () => stop.abort());
    await follow({
      admin: adminFromEnv(stop.signal),
      query: {
        ...(args.event !== undefined && { eventName: args.event }),
        ...(args.outcome !== undefined && { outcome: args.outcome }),
        ...(args.uuid !== undefined && { uuids: args.uuid }),
      },
      fromStart: args.all === true,
      everyMs,
      tell: (step) => console.log(forTerminal(args.json ? JSON.stringify(step) : lineOfStep(step))),
      note: (sentence) => console.error(forTerminal(sentence)),
      signal: stop.signal,
    });
  },
});
