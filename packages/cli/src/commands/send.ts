import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminFromEnv } from '../admin/admin-from-env.ts';
import { forTerminal } from '../admin/for-terminal.ts';
import { documentOf, lookUp, wayOf } from '../admin/history.ts';
import { timelineOf } from '../admin/timeline.ts';
import { beginningOf } from '../beginning-of.ts';
import { CommandError, cliCommand } from '../cli-command.ts';
import { commandEnv } from '../command-env.ts';
import { parseObject } from '../parse-object.ts';
import { JSON_ARG, printJson } from '../print-json.ts';
import { reasonOf } from '../reason-of.ts';

const LOOK_MS = 250;
const PATIENCE_MS = 15_000;

/** Beside 0 and 1: the event was stored, and is not delivered. */
const NOT_DELIVERED = 2;

/** `hubrelay send`. */
export const send = cliCommand({
  meta: {
    name: 'send',
    description: 'Send one test event as a page does, and follow it: hubrelay send signup plan=pro',
  },
  args: {
    event: { type: 'positional', required: true, description: 'The short name: signup' },
    origin: {
      type: 'string',
      valueHint: 'url',
      description:
        'The website in whose name it is sent; the first of ALLOWED_ORIGINS without this',
    },
    utk: {
      type: 'string',
      valueHint: 'token',
      description:
        'The visitor: the value of your own hubspotutk cookie. Without it an unknown one, whose event shows on no timeline',
    },
    json: JSON_ARG,
  },
  takesList: true,
  async run({ args }) {
    const [eventName = '', ...pairs] = args._;
    const env = commandEnv();
    const url = env.safeUrl('RELAY_URL') ?? 'http://127.0.0.1:8787';
    const origin = args.origin ?? env.text('ALLOWED_ORIGINS')?.split(',')[0]?.trim();
    if (!origin) {
      throw new CommandError('Say which website sends it: --origin https://www.example.com.');
    }
    const admin = adminFromEnv();
    const uuid = randomUUID();
    const event = { uuid, eventName, properties: propertiesOf(pairs), occurredAt: Date.now() };
    const utk = args.utk ?? randomBytes(16).toString('hex');
    await post(`${url}/v1/events`, origin, { sentAt: Date.now(), utk, events: [event] });

    const until = Date.now() + PATIENCE_MS;
    let found = await lookUp(admin, uuid);
    while (found?.state === 'pending' && !found.lastError && Date.now() < until) {
      await sleep(LOOK_MS);
      found = await lookUp(admin, uuid);
    }
    if (found === undefined)
      throw new CommandError(
        `The relay took ${uuid}, and no longer has it: delivered, and not in the sample of delivered events that it keeps, or deleted. "hubrelay verify --uuid ${uuid}" asks HubSpot.`,
      );
    const way = (await wayOf(admin, uuid)) ?? { found };
    if (args.json) printJson(documentOf(way));
    else console.log(forTerminal(timelineOf(way, Date.now()).join('\n')));
    if (found.state !== 'delivered') process.exitCode = NOT_DELIVERED;
  },
});

function propertiesOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CommandError(`"${pair}" is not a property: write name=value.`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function post(url: string, origin: string, batch: object): Promise<void> {
  const silent = (error: unknown) => {
    throw new CommandError(`No relay answers at ${url} (${reasonOf(error)}): set RELAY_URL.`);
  };
  const response = await fetch(url, {
    method: 'POST',
    headers: { origin, 'content-type': 'text/plain' },
    body: JSON.stringify(batch),
    redirect: 'error',
  }).catch(silent);
  const { status } = response;
  const text = await beginningOf(response).catch(silent);
  const { rejected, detail }: Answer = parseObject(text);
  const [rejection] = Array.isArray(rejected) ? rejected : [];
  if (rejection) throw new CommandError(`The relay rejected it: ${rejection.message}.`);
  if (!response.ok) {
    throw new CommandError(`The relay answered ${status}: ${detail ?? text.slice(0, 200)}`);
  }
  // As the page's script reads it: another server says yes in other ways.
  if ((status !== 202 && status !== 204) || text !== '') {
    throw new CommandError(`What answers at ${url} is not a relay (${status}): set RELAY_URL.`);
  }
}

interface Answer {
  readonly detail?: string;
  readonly rejected?: readonly { readonly message: string }[];
}
