import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { EnvReader, InvalidOptionsError } from '@hubrelay/relay';
import { adminFromEnv } from '../admin/admin-from-env.ts';
import { forTerminal } from '../admin/for-terminal.ts';
import { CommandError, cliCommand } from '../cli-command.ts';
import { checkHubSpot } from '../doctor/check-hubspot.ts';
import { checkLock } from '../doctor/check-lock.ts';
import { checkOwner } from '../doctor/check-owner.ts';
import { blockerFindings, pageFindings } from '../doctor/check-page.ts';
import { checkOrigin, checkRelay } from '../doctor/check-relay.ts';
import { fetchPage } from '../doctor/fetch-page.ts';
import { type Finding, fail, ok, textOf, unknown } from '../doctor/finding.ts';
import { JSON_ARG, printJson } from '../print-json.ts';

/** Beside 0 and 1: at least one check failed. */
const FOUND = 2;
const LEAST_BYTES = 256 * 2 ** 20;

/** `hubrelay doctor`. */
export const doctor = cliCommand({
  meta: {
    name: 'doctor',
    description:
      'Look for what keeps events from arriving: settings, key, relay, websites, pages. Writes nothing. Exits with 2 when something fails',
  },
  args: {
    relay: {
      type: 'string',
      valueHint: 'url',
      description: 'The relay as pages reach it: https://relay.example.com; RELAY_URL without this',
    },
    page: {
      type: 'string',
      valueHint: 'url',
      description:
        'A page with the script, also several times; the first page of each website without this',
    },
    json: JSON_ARG,
  },
  async run({ args, rawArgs }) {
    const env = new EnvReader(process.env, (path) => readFileSync(path, 'utf8'));
    const pages = pagesIn(rawArgs);
    const relay = trimmed(args.relay ?? env.text('RELAY_URL'));
    const findings = [
      ...(await settingsFindings()),
      ...storageFindings(env),
      ...(await hubspotFindings(env)),
      await checkLock(env),
      ...(await siteFindings(env, relay, pages)),
      ...(await ownerFindings(env)),
    ];
    if (args.json) printJson(findings);
    else console.log(forTerminal(reportOf(findings)));
    if (findings.some(({ status }) => status === 'fail')) process.exitCode = FOUND;
  },
});

/** What needs somebody comes first. */
function reportOf(findings: readonly Finding[]): string {
  const of = (status: Finding['status']) => findings.filter((finding) => finding.status === status);
  const sorted = [...of('fail'), ...of('warn'), ...of('unknown'), ...of('ok')];
  return [...sorted.map(textOf), '', of('fail').length > 0 ? FAILED : NOTHING_FAILED].join('\n');
}

const FAILED = 'Something fails: see the first lines. Then run hubrelay doctor again.';
const NOTHING_FAILED = `Nothing fails. If an event does not arrive: click in the page, with ${'`'}hubrelay tail${'`'} open beside it,
and look at ${'`'}hubrelay stats${'`'} and ${'`'}hubrelay dead list${'`'}. --page URL looks at a page that you choose.`;

/** Only its owner may ask a relay what it has seen. */
async function ownerFindings(env: EnvReader): Promise<Finding[]> {
  const check = 'What the relay has seen';
  if (env.secret('ADMIN_TOKEN') !== undefined) {
    return Promise.resolve()
      .then(() => checkOwner(adminFromEnv()))
      .catch((error: Error) => [unknown(check, error.message)]);
  }
  return [
    unknown(
      check,
      'not asked: ADMIN_TOKEN is not set',
      'Set ADMIN_TOKEN (and RELAY_URL) as for the relay, to hear of refused websites, dead letters and events that wait in pages.',
    ),
  ];
}

/** The parser keeps the last `--page` only. */
function pagesIn(rawArgs: readonly string[]): string[] {
  const pages = rawArgs.flatMap((arg, at) => {
    if (arg.startsWith('--page=')) return arg.slice('--page='.length);
    return arg === '--page' ? (rawArgs[at + 1] ?? '') : [];
  });
  const wrong = pages.find((page) => !URL.canParse(page));
  if (wrong === undefined) return pages;
  throw new CommandError(`--page ${wrong} is not an address: write https://www.example.com/page.`);
}

const trimmed = (url: string | undefined) => url?.replace(/\/+$/, '');

async function settingsFindings(): Promise<Finding[]> {
  const { nodeSettingsFromEnv } = await import('@hubrelay/relay/node');
  try {
    const { warnings } = nodeSettingsFromEnv(process.env);
    const misspelt = warnings.map(
      (what): Finding => ({ status: 'warn', check: 'Variables', what, why: 'It is not read.' }),
    );
    return misspelt.length > 0 ? misspelt : [ok('Variables', 'complete and well-formed')];
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error;
    return error.problems.map((what) =>
      fail(
        'Variables',
        what,
        'The relay does not start.',
        'docs/configuration.md has every variable.',
      ),
    );
  }
}

function storageFindings(env: EnvReader): Finding[] {
  const check = 'Outbox';
  if (env.text('DELIVERY') === 'direct') return [ok(check, 'none: direct delivery')];
  if (env.text('DATABASE_URL')) return [unknown(check, 'on Postgres: the relay’s /readyz tells')];
  const path = resolve(env.text('OUTBOX_PATH') ?? 'hubrelay.db');
  const folder = dirname(path);
  try {
    accessSync(existsSync(path) ? path : folder, constants.W_OK);
  } catch {
    return [
      fail(
        check,
        `${path} cannot be written by this user`,
        'The relay does not start.',
        `Make ${folder}, and give it to the user that runs the relay.`,
      ),
    ];
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = `${path}, ${Math.round((bavail * bsize) / 2 ** 20)} MiB free`;
  if (bavail * bsize >= LEAST_BYTES) return [ok(check, free)];
  return [
    {
      status: 'warn',
      check,
      what: free,
      why: 'In a long outage of HubSpot the relay stops accepting when the disk is full.',
      fix: 'Make room, or put the outbox on a larger disk: OUTBOX_PATH.',
    },
  ];
}

async function hubspotFindings(env: EnvReader): Promise<Finding[]> {
  const token = env.secret('HUBSPOT_ACCESS_TOKEN');
  if (token === undefined) {
    return [unknown('HubSpot key', 'only HUBSPOT_ACCESS_TOKEN can be tested, and it is not set')];
  }
  return checkHubSpot({
    baseUrl: trimmed(env.safeUrl('HUBSPOT_BASE_URL')) ?? 'https://api.hubapi.com',
    apiVersion: env.oneOf('HUBSPOT_API_VERSION', 'v3', ['v3', '2026-03', '2026-09']),
    token,
    hubId: env.text('HUBSPOT_HUB_ID'),
    now: Date.now,
  });
}

async function siteFindings(
  env: EnvReader,
  relay: string | undefined,
  pages: readonly string[],
): Promise<Finding[]> {
  if (relay === undefined || !URL.canParse(relay)) {
    return [
      unknown('Relay', 'not asked', 'Say where pages reach it: --relay https://relay.example.com.'),
    ];
  }
  const events = env.text('EVENTS_PATH') ?? '/v1/events';
  const proxies = Number(env.text('TRUSTED_PROXIES') ?? 0);
  const script = env.text('SCRIPT_PATH') ?? '/hubrelay.js';
  const paths = { relay, events, proxies, script, now: Date.now };
  const origins = (env.text('ALLOWED_ORIGINS') ?? '')
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => URL.canParse(origin) && !origin.includes('*'));
  const asked = pages.map((page) => new URL(page).origin);
  const findings = [...(await checkRelay(paths)), ...blockerFindings(relay, events)];
  for (const origin of new Set([...asked, ...origins])) {
    findings.push(...(await checkOrigin(origin, paths)));
  }
  for (const url of pages.length === 0 ? origins : pages) {
    const fetched = await fetchPage(url);
    if (fetched instanceof Error)
      findings.push(unknown(`Page ${url}`, `cannot be read (${fetched.message})`));
    else findings.push(...pageFindings(fetched, new URL(relay).origin));
  }
  return findings;
}
