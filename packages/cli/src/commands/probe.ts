import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redacted } from '@hubrelay/relay';
import { forTerminal } from '../admin/for-terminal.ts';
import { CommandError, cliCommand } from '../cli-command.ts';
import { commandEnv } from '../command-env.ts';
import { durationOf } from '../duration.ts';
import { createCaller, type Exchange } from '../probe/caller.ts';
import { formatReport } from '../probe/format-report.ts';
import { type AccountFacts, createProbeAccount, readAccount } from '../probe/probe-account.ts';
import { runProbe } from '../probe/run-probe.ts';
import { stopSignal } from '../stop-signal.ts';

/** `hubrelay probe`. */
export const probe = cliCommand({
  meta: {
    name: 'probe',
    description:
      'Ask a HubSpot test account what the documentation leaves open, and print a report',
  },
  args: {
    yes: { type: 'boolean', description: 'Do not ask before writing to the account' },
    email: {
      type: 'string',
      valueHint: 'address',
      description: 'A contact of the account: without one nothing can be read back',
    },
    wait: {
      type: 'string',
      valueHint: 'duration',
      default: '5m',
      description: 'How long an event is waited for when it is read back',
    },
    'max-body': {
      type: 'string',
      valueHint: 'MiB',
      default: '8',
      description: 'The largest body that is tried, 1 to 32',
    },
    'rate-limit': {
      type: 'boolean',
      description: 'Also use up ten seconds of the account’s limit on calls, to see a 429',
    },
  },
  async run({ args }) {
    const { version, ...env } = settingsFromEnv();
    const waitMs = durationOf('wait', args.wait);
    const maxBodyMiB = maxBodyOf(args['max-body']);
    const exchanges: Exchange[] = [];
    const call = createCaller({ ...env, fetch, onExchange: (one) => void exchanges.push(one) });
    const facts = await readAccount(call);
    await confirm(facts, args.yes === true);

    const stop = new AbortController();
    void stopSignal().then(() => stop.abort());
    const account = createProbeAccount(call, { hubId: facts.hubId, email: args.email, version });
    const result = await runProbe(account, {
      waitMs,
      maxBodyMiB,
      spendsLimit: args['rate-limit'] === true,
      sleep: (ms) => sleep(ms, undefined, { signal: stop.signal }).catch(() => {}),
      sleepAnyway: (ms) => sleep(ms),
      now: Date.now,
      signal: stop.signal,
      onQuestion: (question) => console.error(`${question} …`),
      onFinding: ({ seen }) => console.error(forTerminal(`  ${seen}`)),
    });
    const report = formatReport({ ...result, exchanges, accountType: facts.type, version });
    console.log(forTerminal(withoutTraces(report, facts, args.email)));
    for (const name of result.left) {
      console.error(
        `The definition ${name} is left: delete it in HubSpot, under Event Definitions.`,
      );
    }
    if (result.problem !== undefined) throw new CommandError(result.problem);
  },
});

/** The report is for an issue: it names no account, no person and no definition. */
function withoutTraces(report: string, { hubId }: AccountFacts, email: string | undefined): string {
  const names = report.replaceAll(/hubrelay_probe_[0-9a-f]+/g, 'probe').replaceAll(hubId, '0');
  return email === undefined ? names : names.replaceAll(email, 'contact@example.com');
}

async function confirm({ hubId, type }: AccountFacts, isYes: boolean): Promise<void> {
  const what = `This makes two event definitions and about 40 events in HubSpot account ${hubId} (${type}), and then deletes the definitions with their events. Their names can never be used again. Events of a contact may start workflows: use a test account.`;
  console.error(what);
  if (isYes) return;
  if (!process.stdin.isTTY) {
    throw new CommandError('Nothing was written: there is no terminal to ask at. Add --yes.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Go on? [y/N] ');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Nothing was written.');
}

function maxBodyOf(text: string): number {
  const size = Number(text);
  if (Number.isInteger(size) && size >= 1 && size <= 32) return size;
  throw new CommandError(`--max-body ${text} is not a size: write 1 to 32, in MiB.`);
}

function settingsFromEnv() {
  const env = commandEnv();
  const token = env.secret('HUBSPOT_PROBE_TOKEN');
  if (!token) {
    env.missing(
      'HUBSPOT_PROBE_TOKEN',
      'create a service key in a HubSpot test account with the scopes analytics.behavioral_events.send and behavioral_events.event_definitions.read_write, and "oauth" for reading back',
    );
  }
  const settings = {
    token: new Redacted(token ?? ''),
    baseUrl: env.safeUrl('HUBSPOT_BASE_URL') ?? 'https://api.hubapi.com',
    version: env.oneOf('HUBSPOT_API_VERSION', 'v3', ['v3', '2026-03', '2026-09']),
  };
  if (env.problems.length > 0) throw new CommandError(env.problems.join('\n'));
  return settings;
}
