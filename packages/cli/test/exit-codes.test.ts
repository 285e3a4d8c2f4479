import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { openSqliteOutbox } from '@hubrelay/relay/outbox/sqlite';
import type { ArgsDef, CommandDef } from 'citty';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { hubrelay } from '../src/hubrelay.ts';
import { ADMIN_TOKEN, ORIGIN, type RunningRelay, startOwnersRelay } from './support/run-command.ts';
import { runHere, runUntilCtrlC } from './support/run-here.ts';

// Nothing here is about how long a command waits between two tries.
vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof import('node:timers/promises')>();
  const short: typeof real.setTimeout = (ms, ...rest) =>
    real.setTimeout(Math.min(ms ?? 0, 20), ...rest);
  return { ...real, setTimeout: short };
});

const UTK = '0123456789abcdef0123456789abcdef';
const UNKNOWN = '0199aaaa-0000-7000-8000-000000000009';
const COLUMNS = ['done', 'bad argument', 'not reachable', 'not a relay', 'refused', 'not found'];

const folder = mkdtempSync(join(tmpdir(), 'hubrelay-exit-'));
const inFolder = (name: string) => join(folder, name);
let hubspot: RunningFakeHubSpot;
let emptyHubSpot: RunningFakeHubSpot;
let relay: RunningRelay;
let website: Server;
/** Nothing listens there any more. */
let closedPort: string;

beforeAll(async () => {
  hubspot = await startFakeHubSpot({ contacts: [{ id: '1', utks: [UTK] }] });
  emptyHubSpot = await startFakeHubSpot({ definitions: [] });
  relay = await startOwnersRelay(hubspot, folder);
  website = createServer((_request, response) => void response.end('<h1>Hello</h1>'));
  await once(website.listen(0, '127.0.0.1'), 'listening');
  const closed = createServer();
  await once(closed.listen(0, '127.0.0.1'), 'listening');
  closedPort = addressOf(closed);
  closed.close();
  const outbox = await openSqliteOutbox({ path: inFolder('damaged.db') });
  await outbox.close();
});

afterAll(async () => {
  website?.close();
  await relay?.stop();
  await hubspot?.close();
  await emptyHubSpot?.close();
  await rm(folder, { recursive: true });
});

function settings(server: { relay: string; hubspot: string }): Record<string, string> {
  return {
    RELAY_URL: server.relay,
    ADMIN_TOKEN,
    ALLOWED_ORIGINS: ORIGIN,
    EVENTS: '*',
    OUTBOX_PATH: inFolder('other.db'),
    PORT: '0',
    HUBSPOT_BASE_URL: server.hubspot,
    HUBSPOT_HUB_ID: demoCredentials.hubId,
    HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    HUBSPOT_DEFINITIONS_TOKEN: demoCredentials.definitionsToken,
    HUBSPOT_PROBE_TOKEN: demoCredentials.definitionsToken,
    HUBSPOT_READ_TOKEN: demoCredentials.readBackToken,
  };
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const site = () => addressOf(website);
const wrong = 'another-token-of-24-chars';
const environments: Record<string, () => Record<string, string>> = {
  done: () => settings({ relay: relay.url, hubspot: hubspot.url }),
  'bad argument': () => settings({ relay: relay.url, hubspot: hubspot.url }),
  'not reachable': () => settings({ relay: closedPort, hubspot: closedPort }),
  'not a relay': () => settings({ relay: site(), hubspot: site() }),
  refused: () => ({
    ...settings({ relay: relay.url, hubspot: hubspot.url }),
    ADMIN_TOKEN: wrong,
    HUBSPOT_ACCESS_TOKEN: wrong,
    HUBSPOT_DEFINITIONS_TOKEN: wrong,
    HUBSPOT_PROBE_TOKEN: wrong,
  }),
  'not found': () => settings({ relay: relay.url, hubspot: emptyHubSpot.url }),
};

async function order(path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ all: true });
  const answer = await fetch(`${relay.url}/admin/v1/${path}`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
  return answer.json();
}

/** Sends an event to a relay that does not deliver. @returns its uuid */
async function waiting(): Promise<string> {
  await order('pause');
  const uuid = crypto.randomUUID();
  const event = { uuid, eventName: 'signup', properties: {}, occurredAt: Date.now() };
  const answer = await fetch(`${relay.url}/v1/events`, {
    method: 'POST',
    headers: { origin: ORIGIN },
    body: JSON.stringify({ sentAt: Date.now(), utk: UTK, events: [event] }),
  });
  expect(answer.status).toBe(202);
  return uuid;
}

async function dead(): Promise<string> {
  const uuid = await waiting();
  await order('pending/bury');
  return uuid;
}

interface Recipe {
  readonly done: (url: string) => string[] | Promise<string[]>;
  readonly bad: string[];
  /** Where the command can be asked for what is not there. @default as for `done` */
  readonly missing?: string[];
  /** Of `--json`, when it is done. */
  readonly shape?: object;
}

const makeFile = inFolder('keys.json');
const pullTo = ['--lock', inFolder('events.lock.json'), '--types', inFolder('events.d.ts')];

const recipes: Record<string, Recipe> = {
  stats: { done: () => [], bad: ['--every', 'soon'], shape: { outbox: {} } },
  tail: { done: () => [], bad: ['--outcome', 'lost'] },
  show: { done: async () => [await waiting()], bad: [], missing: [UNKNOWN] },
  send: {
    async done() {
      await order('resume').catch(() => {});
      return ['signup', '--utk', UTK];
    },
    bad: ['signup', 'pro'],
    shape: { state: 'delivered' },
  },
  doctor: { done: (url) => ['--relay', url], bad: ['--page', 'nowhere'] },
  verify: { done: () => [], bad: ['--last', 'soon'], missing: ['--uuid', UNKNOWN] },
  pause: { done: () => [], bad: ['now'], shape: { outbox: {} } },
  resume: { done: () => [], bad: ['now'], shape: { outbox: {} } },
  'pending list': { done: () => [], bad: ['--limit', 'all'], missing: ['--event', 'unheard_of'] },
  'pending show': { done: async () => [await waiting()], bad: [], missing: [UNKNOWN] },
  'pending bury': {
    done: async () => [await waiting()],
    bad: [],
    missing: [UNKNOWN],
    shape: { buried: 1 },
  },
  'pending purge': {
    done: async () => [await waiting()],
    bad: ['--min-attempts', 'few'],
    missing: [UNKNOWN],
    shape: { purged: 1 },
  },
  'dead list': {
    done: () => [],
    bad: ['--reason', 'bad_luck'],
    missing: ['--event', 'unheard_of'],
  },
  'dead show': { done: async () => [await dead()], bad: [], missing: [UNKNOWN] },
  'dead replay': {
    done: async () => [await dead()],
    bad: [],
    missing: [UNKNOWN],
    shape: { replayed: 1 },
  },
  'dead purge': {
    done: async () => [await dead()],
    bad: ['--all', '--event', 'signup'],
    missing: [UNKNOWN],
    shape: { purged: 1 },
  },
  forget: {
    async done() {
      await waiting();
      return ['--utk', UTK];
    },
    bad: [],
    missing: ['--email', 'nobody@example.com'],
    shape: { forgotten: expect.any(Number) },
  },
  snippet: { done: (url) => ['--relay', url], bad: ['--relay', 'here'] },
  'key make': {
    done: () => ['shop', '--file', makeFile],
    bad: ['shop', '--file', ''],
    shape: { name: 'shop' },
  },
  'key list': {
    done: () => ['--file', makeFile],
    bad: ['all'],
    missing: ['--file', inFolder('no')],
  },
  'key revoke': {
    done: () => ['shop', '--file', makeFile],
    bad: [],
    missing: ['billing', '--file', makeFile],
    shape: { name: 'shop' },
  },
  pull: { done: () => pullTo, bad: ['shop'], shape: { written: true } },
  rescue: {
    done: () => [inFolder('damaged.db'), inFolder('rescued.db')],
    bad: [inFolder('damaged.db')],
    missing: [inFolder('nothing.db'), inFolder('nowhere.db')],
    shape: { pending: 0, dead: 0 },
  },
  init: {
    done: () => [inFolder('project'), '--origins', ORIGIN, '--hub-id', demoCredentials.hubId],
    bad: [inFolder('project'), '--origins', 'here', '--hub-id', 'mine'],
  },
  relay: { done: () => [], bad: ['--port', '80'] },
  dev: { done: () => ['--port', '0'], bad: ['--port', 'high'] },
  demo: { done: () => ['--port', '0'], bad: ['--port', 'high'] },
  probe: { done: () => ['--yes', '--max-body', '1', '--wait', '1s'], bad: ['--max-body', 'large'] },
};

const GOES_ON = new Set(['relay', 'dev', 'demo', 'tail']);

/** The table of docs/cli.md: what it says is what is tested. */
function documented(): [string, string, number][] {
  const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
  const lines = page.split('\n');
  const head = lines.findIndex((line) => line.startsWith('| command | done |'));
  expect(lines[head]?.split('|').slice(2, -1)).toEqual(COLUMNS.map((name) => ` ${name} `));
  const rows = lines.slice(head + 2);
  rows.length = rows.findIndex((line) => !line.startsWith('|'));
  return rows.flatMap((row) => {
    const [, names = '', ...codes] = row.split('|').map((cell) => cell.trim());
    return [...names.matchAll(/`([^`]+)`/g)].flatMap(([, name = '']) =>
      COLUMNS.flatMap((column, at): [string, string, number][] =>
        codes[at] === '–' ? [] : [[name, column, Number(codes[at])]],
      ),
    );
  });
}

const STACK = /^\s+at .+[:(]/m;

test.each(documented())('%s, %s: exits with %i', async (name, column, code) => {
  const recipe = recipes[name];
  if (!recipe) throw new Error(`How is ${name} run?`);
  const env = environments[column]?.() ?? {};
  const own = column === 'bad argument' ? recipe.bad : undefined;
  const missing = column === 'not found' ? recipe.missing : undefined;
  const args = own ?? missing ?? (await recipe.done(env.RELAY_URL ?? ''));
  const command = [...name.split(' '), ...args];
  if (GOES_ON.has(name) && column === 'done') {
    expect(await runUntilCtrlC(command, env)).toMatchObject({ code });
    return;
  }
  const asJson = column === 'done' && (await hasJson(name));
  const ran = await runHere(asJson ? [...command, '--json'] : command, env);
  expect(ran.said).not.toMatch(STACK);
  expect(ran).toMatchObject({ code });
  if (code === 1) expect(ran.said.replace(ran.stdout, '')).not.toBe('');
  if (asJson) expect(JSON.parse(ran.stdout)).toMatchObject(recipe.shape ?? {});
  if (column === 'not reachable') expect(ran.said).toContain('ECONNREFUSED');
  if (column === 'refused') expect(ran.said).not.toContain(wrong);
});

/** A command of a group, as it is loaded. */
async function loaded(group: CommandDef, name: string): Promise<CommandDef> {
  const commands = group.subCommands as Record<string, () => Promise<CommandDef>> | undefined;
  const found = await commands?.[name]?.();
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
}

async function definitionOf(name: string): Promise<CommandDef> {
  let found: CommandDef = hubrelay;
  for (const word of name.split(' ')) found = await loaded(found, word);
  return found;
}

const argsOf = async (name: string) => ((await definitionOf(name)).args ?? {}) as ArgsDef;
const hasJson = async (name: string) => 'json' in (await argsOf(name));

async function everyCommand(): Promise<string[]> {
  const names = Object.keys(hubrelay.subCommands).map(async (name) => {
    const nested = (await loaded(hubrelay, name)).subCommands;
    return nested ? Object.keys(nested).map((verb) => `${name} ${verb}`) : [name];
  });
  return (await Promise.all(names)).flat();
}

test('the page tells the exit codes of every command', async () => {
  const told = new Set(documented().map(([name]) => name));
  expect([...told].sort()).toEqual((await everyCommand()).sort());
});

test('every command refuses an option that it does not know, and one argument too many', async () => {
  for (const name of await everyCommand()) {
    const wanted = Object.values(await argsOf(name)).filter(({ type }) => type === 'positional');
    const words = [...name.split(' '), ...wanted.map(() => UNKNOWN), ...required(name)];
    const option = await runHere([...words, '--no-such-option'], environments.done?.() ?? {});
    expect.soft(option, name).toMatchObject({ code: 1, stdout: '' });
    expect.soft(option.said, name).toMatch(/^There is no option --no-such-option: /);
    if (TAKES_LISTS.has(name)) continue;
    const more = await runHere([...words, 'one-too-many'], environments.done?.() ?? {});
    expect.soft(more, name).toMatchObject({ code: 1, stdout: '' });
    expect.soft(more.said, name).toMatch(/^"one-too-many" is too much: /);
  }
});

/** Uuids, or `name=value`. */
const TAKES_LISTS = new Set(['send', 'pending bury', 'pending purge', 'dead replay', 'dead purge']);
const required = (name: string) => {
  if (name === 'init') return ['--origins', ORIGIN, '--hub-id', demoCredentials.hubId];
  return name === 'snippet' ? ['--relay', relay.url] : [];
};

test.each([[['toString']], [['ded']], [['dead']], [['dead', 'constructor']], [[]]])(
  '%j is an unknown command, or none',
  async (args) => {
    const { code, said } = await runHere(args, {});
    expect(said).not.toMatch(STACK);
    expect(said).toMatch(/Unknown command|No command specified/);
    expect(code).toBe(1);
  },
);

test('an answer that breaks off or makes no sense is a sentence', async () => {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (request.url?.endsWith('/stats')) return void response.end('{"outbox":null}');
    response.write('{"items":');
    setTimeout(() => response.destroy(), 20);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const variables = { RELAY_URL: url, ADMIN_TOKEN };
  for (const args of [['stats'], ['dead', 'list'], ['send', 'signup', '--origin', ORIGIN]]) {
    const { code, said } = await runHere(args, variables);
    expect.soft(said).not.toMatch(STACK);
    expect.soft(said).toMatch(/^[^\n]+\n$/);
    expect.soft(code).toBe(1);
  }
  server.close();
});

test('a folder where a file belongs is named', async () => {
  const env = environments.done?.() ?? {};
  const args = ['pull', '--lock', folder, '--types', inFolder('other.d.ts')];
  expect((await runHere(args, env)).said).toBe(`${folder} is a folder: name a file.\n`);
});

test('a file that is no outbox cannot be rescued, and that is a sentence', async () => {
  await writeFile(inFolder('notes.txt'), 'this is no database');
  const { code, said } = await runHere(['rescue', inFolder('notes.txt'), inFolder('new.db')], {});
  expect(said).toMatch(/^[^\n]*notes\.txt[^\n]+\n$/);
  expect(code).toBe(1);
});
