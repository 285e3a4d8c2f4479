import { stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redacted } from '@hubrelay/relay';
import { CommandError, cliCommand } from '../cli-command.ts';
import { commandEnv } from '../command-env.ts';
import { JSON_ARG, printJson } from '../print-json.ts';
import { counted, withProgress } from '../progress.ts';
import type { FetchDefinitionsOptions } from '../pull/fetch-definitions.ts';
import { pull as compare, type Pulled } from '../pull/pull.ts';

/** `hubrelay pull`. */
export const pull = cliCommand({
  meta: {
    name: 'pull',
    description: 'Read HubSpot’s event definitions into events.lock.json and events.d.ts',
  },
  args: {
    check: {
      type: 'boolean',
      description: 'Write nothing; fail when the files are not what HubSpot has (for CI)',
    },
    lock: {
      type: 'string',
      valueHint: 'file',
      default: 'events.lock.json',
      description: 'Where the lock is',
    },
    types: {
      type: 'string',
      valueHint: 'file',
      default: 'events.d.ts',
      description: 'Where the types are',
    },
    json: JSON_ARG,
  },
  async run({ args }) {
    const settings = settingsFromEnv();
    const pulled = await withProgress((tell) =>
      compare({
        ...settings,
        lockPath: args.lock,
        typesPath: args.types,
        onPage: (definitions) => tell(`Read ${counted(definitions)} event definitions …`),
        onWait: (ms) => tell(`HubSpot is not ready: asking again in ${Math.ceil(ms / 1000)} s …`),
      }),
    );
    if (!pulled.ok) throw new CommandError(pulled.problem);
    for (const note of pulled.notes) console.error(`Note: ${note}.`);
    if (!args.check) await write(pulled.stale);
    if (args.json) printJson(documentOf(pulled, !args.check));
    const { summary, problem } = wordsOf(pulled);
    if (args.check && problem !== undefined) throw new CommandError(problem);
    if (!args.json) console.log(summary);
  },
});

type Definitions = Extract<Pulled, { ok: true }>;

/** Both files or none: a lock without its types would look up to date. */
async function write(stale: Definitions['stale']): Promise<void> {
  for (const { path } of stale) await needFolder(path);
  for (const { path, text } of stale) await writeFile(path, text);
}

function documentOf({ lock, changes, notes, stale }: Definitions, isWritten: boolean) {
  const events = Object.keys(lock.events).length;
  const files = stale.map(({ path }) => path);
  return {
    hubId: lock.hubId,
    events,
    changes,
    notes,
    stale: files,
    written: isWritten && stale.length > 0,
  };
}

/** `problem`: for who only wanted to know whether the files are what HubSpot has. */
function wordsOf({ lock, changes, stale }: Definitions): { summary: string; problem?: string } {
  const account = `${Object.keys(lock.events).length} events of account ${lock.hubId}.`;
  if (stale.length === 0) return { summary: `Up to date: ${account}` };
  const paths = stale.map(({ path }) => path).join(' and ');
  const list = changes.map((line) => `  ${line}\n`).join('');
  return {
    summary: `${list}Wrote ${paths}: ${account}`,
    problem: `${paths} ${stale.length > 1 ? 'are' : 'is'} not what HubSpot has now:\n${list}Run "hubrelay pull" and commit the result.`,
  };
}

async function needFolder(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory()) return;
  throw new CommandError(
    `${path} cannot be written: its folder does not exist. Nothing was written.`,
  );
}

function settingsFromEnv(): FetchDefinitionsOptions & { readonly hubId: string | undefined } {
  const env = commandEnv();
  const token = env.secret('HUBSPOT_DEFINITIONS_TOKEN');
  if (!token) {
    env.missing(
      'HUBSPOT_DEFINITIONS_TOKEN',
      'create a service key in HubSpot (Development > Keys > Service keys) with the scope behavioral_events.event_definitions.read_write',
    );
  }
  const settings = {
    token: new Redacted(token ?? ''),
    baseUrl: env.safeUrl('HUBSPOT_BASE_URL') ?? 'https://api.hubapi.com',
    apiVersion: env.oneOf('HUBSPOT_API_VERSION', 'v3', ['v3', '2026-03', '2026-09']),
    hubId: env.text('HUBSPOT_HUB_ID'),
    pageSize: 100,
    fetch,
    sleep: (ms: number) => sleep(ms),
    random: Math.random,
  };
  if (env.problems.length > 0) {
    const list = env.problems.map((problem) => `  - ${problem}`).join('\n');
    throw new CommandError(`The definitions cannot be read:\n${list}`);
  }
  return settings;
}
