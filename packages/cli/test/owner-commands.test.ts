import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';
import {
  ADMIN_TOKEN,
  MAIN,
  ORIGIN,
  type RunningRelay,
  runCommand,
  startOwnersRelay,
} from './support/run-command.ts';
import { runHere } from './support/run-here.ts';

const UTK = '0123456789abcdef0123456789abcdef';

let hubspot: RunningFakeHubSpot;
let folder: string;
let relay: RunningRelay;

beforeAll(async () => {
  hubspot = await startFakeHubSpot({ contacts: [{ id: '1', utks: [UTK] }] });
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-owner-'));
  relay = await startOwnersRelay(hubspot, folder);
});

afterAll(async () => {
  await relay?.stop();
  await hubspot?.close();
  await rm(folder, { recursive: true });
});

const run = (args: string[], variables: Record<string, string> = {}) =>
  runCommand(
    args,
    { RELAY_URL: relay.url, ADMIN_TOKEN, ALLOWED_ORIGINS: ORIGIN, ...variables },
    folder,
  );

test('one test event is sent as a page does, and followed to HubSpot', async () => {
  const sent = await run(['send', 'signup', 'plan=pro', '--utk', UTK]);
  expect(sent.said).toMatch(
    /tracked in the page: pe1234567_signup \{"plan":"pro"\}\n.*stored by the relay\n.*attempt 1, \d+ ms: HubSpot acknowledged it$/m,
  );
  expect(sent.code).toBe(0);
  expect(hubspot.received()).toMatchObject([{ utk: UTK, properties: { plan: 'pro' } }]);

  const uuid = hubspot.received()[0]?.uuid ?? '';
  expect((await run(['show', uuid])).said).toContain('HubSpot acknowledged it');
  expect(JSON.parse((await run(['show', uuid, '--json'])).said)).toMatchObject({
    state: 'delivered',
  });
  expect((await run(['stats'])).said).toMatch(
    /^delivery {3}open\naccepted {3}1\ndelivered {2}1, the last \d+ s ago\npending {4}0$/m,
  );
});

test('the way of an event is one timeline, from the page to HubSpot’s read-back', async () => {
  const env = { RELAY_URL: relay.url, ADMIN_TOKEN };
  const uuid = crypto.randomUUID();
  // Not the call by which the relay tries its key when it starts.
  hubspot.fail({ status: 503, times: 1, match: ({ body }) => body.includes(uuid) });
  const event = { uuid, eventName: 'signup', properties: {}, occurredAt: Date.now() };
  await fetch(`${relay.url}/v1/events`, {
    method: 'POST',
    headers: { origin: ORIGIN },
    body: JSON.stringify({ sentAt: Date.now(), utk: UTK, events: [event] }),
  });
  await hubspot.waitFor((events) => events.some((one) => one.uuid === uuid));
  const show = (variables: Record<string, string> = {}) =>
    runHere(['show', uuid], { ...env, ...variables });
  await expect.poll(async () => (await show()).said).toContain('HubSpot acknowledged it');
  expect((await show()).said.split('\n').map((line) => line.slice(26))).toEqual([
    'tracked in the page: pe1234567_signup {}',
    'stored by the relay',
    expect.stringMatching(
      /^attempt 1, \d+ ms: sent again later \(server_error\)\. HubSpot said: 503 .*correlation ID/,
    ),
    expect.stringMatching(/^attempt 2, \d+ ms: HubSpot acknowledged it$/),
    'not read back: with HUBSPOT_READ_TOKEN this also tells whether it shows in HubSpot',
    expect.stringMatching(
      /^This relay remembers calls since .*: of the last 10,000 events, at most 8 MB\.$/,
    ),
    '',
  ]);
  const read = {
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_READ_TOKEN: demoCredentials.readBackToken,
  };
  expect((await show(read)).said).toContain('read back from HubSpot: shown (listed).');
  const refused = await show({ ...read, HUBSPOT_READ_TOKEN: 'wrong' });
  expect(refused).toMatchObject({ code: 0 });
  expect(refused.said).toContain('not read back: HubSpot does not take HUBSPOT_READ_TOKEN (401)');
  const json = await runHere(['show', uuid, '--json'], { ...env, ...read });
  expect(JSON.parse(json.stdout)).toMatchObject({
    state: 'delivered',
    event: { uuid },
    history: {
      items: [
        { outcome: 'accepted' },
        { outcome: 'retried', status: 503 },
        { outcome: 'delivered' },
      ],
    },
    readBack: { state: 'shown', reason: 'listed' },
  });
});

test('events are followed on their way until Ctrl-C, one document per line', async () => {
  const args = [...MAIN, 'tail', '--event', 'signup', '--every', '1s', '--json'];
  const variables = { RELAY_URL: relay.url, ADMIN_TOKEN, ALLOWED_ORIGINS: ORIGIN };
  const env = { ...childEnv, ...variables };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let lines: { outcome: string; uuid: string; eventName: string }[] = [];
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    lines = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  });
  const email = 'ada@example.com';
  // Until it has begun to follow, what is sent is before its beginning.
  await expect
    .poll(
      async () => {
        await runHere(['send', 'trial', '--utk', UTK], variables);
        await runHere(['send', 'signup', `plan=${email}`, '--utk', UTK], variables);
        return lines.map(({ outcome }) => outcome);
      },
      { interval: 500 },
    )
    .toEqual(expect.arrayContaining(['accepted', 'refused', 'dead']));
  expect(new Set(lines.map(({ eventName }) => eventName))).toEqual(new Set(['pe1234567_signup']));
  expect(text).not.toContain(email);
  expect(text).not.toContain(UTK);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('an event that HubSpot refuses is followed to its words', async () => {
  const sent = await run(['send', 'never_defined']);
  expect(sent.code).toBe(2);
  expect(sent.said).toMatch(/dead letter after \d tries: refused_by_hubspot\. HubSpot said: 400/);
});

test('what the relay itself refuses is said at once', async () => {
  expect(await run(['send', 'signup', '--origin', 'https://evil.example'])).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^The relay answered 403: /),
  });
  expect((await run(['stats'])).said).toContain(
    '1 requests of https://evil.example: not in ALLOWED_ORIGINS',
  );
  expect((await run(['send', 'Not A Name'])).said).toMatch(/^The relay (rejected it|answered 4)/);
  expect((await run(['send', 'signup', 'pro'])).said).toBe(
    '"pro" is not a property: write name=value.\n',
  );
});

test('delivery is paused and resumed, and a person forgotten', async () => {
  expect((await run(['pause'])).said).toMatch(/^Delivery paused\. \d+ events wait/);
  expect((await run(['stats'])).said).toMatch(
    /^delivery {3}paused for \d+ s, cause operator, until hubrelay resume$/m,
  );
  const uuid = crypto.randomUUID();
  const event = { uuid, eventName: 'signup', properties: {}, occurredAt: Date.now() };
  const utk = 'f'.repeat(32);
  await fetch(`${relay.url}/v1/events`, {
    method: 'POST',
    headers: { origin: ORIGIN },
    body: JSON.stringify({ sentAt: Date.now(), utk, events: [event] }),
  });
  expect((await run(['show', uuid])).said).toMatch(
    /stored by the relay\n.*pending: the next try is due now/,
  );
  expect((await run(['forget'])).said).toMatch(/^Name the person by --utk/);
  expect((await run(['forget', '--utk', utk])).said).toBe('Deleted: 1.\n');
  expect((await run(['show', uuid])).said).toMatch(/^The relay knows no event with this uuid/);
  expect((await run(['resume'])).said).toMatch(/^Delivery resumed\. 0 events/);
});

test('the snippet has the hash of what the relay serves', async () => {
  const { said } = await run(['snippet', '--relay', relay.url]);
  const [, src, integrity] = /src="([^"]+)"\s+integrity="(sha384-[^"]+)"/.exec(said) ?? [];
  const source = Buffer.from(await (await fetch(src ?? '')).arrayBuffer());
  const digest = Buffer.from(await crypto.subtle.digest('SHA-384', source)).toString('base64');
  expect(integrity).toBe(`sha384-${digest}`);
  expect(said).toContain(`script-src ${relay.url}; connect-src ${relay.url}`);
  expect(said).toContain('inline script: give it the nonce');
  expect(said).toContain(`load ${relay.url}/hubrelay.js instead`);
  expect((await run(['snippet', '--relay', relay.url, '--for', 'npm'])).said).toContain(
    `createTracker({ endpoint: '${relay.url}/v1/events' })`,
  );
  const json = await run(['snippet', '--relay', relay.url, '--for', 'gtm', '--json']);
  const snippet = JSON.parse(json.stdout);
  expect(snippet).toMatchObject({
    for: 'gtm',
    script: { url: src, integrity },
    csp: `script-src ${relay.url}; connect-src ${relay.url}`,
  });
  expect(snippet.code).toMatch(/^<script async src="[^"]+"\n {2}integrity="sha384-/);
  expect((await run(['snippet', '--relay', hubspot.url])).said).toMatch(/is not the script \(404/);
});

test.each([
  ['a website', 200, '<h1>Hello</h1>'],
  ['another API', 200, '{}'],
  ['nothing', 200, 'null'],
])(
  'where %s answers instead of the relay the command says so, and not the token',
  async (_, status, body) => {
    const server = createServer((_request, response) => {
      response.writeHead(status).end(body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const command of [['stats'], ['dead', 'list'], ['send', 'signup']]) {
      const { code, said } = await run(command, { RELAY_URL: url });
      expect(said).toMatch(/^What answers at \S+ is not a relay[^\n]*: set RELAY_URL\.\n$/);
      expect(code).toBe(1);
    }
  },
);

test('a server that quotes what it was sent does not make a command print the token', async () => {
  const server = createServer(({ headers }, response) => {
    const detail = `${headers.authorization} \u001b[2J`;
    response.writeHead(500).end(JSON.stringify({ detail }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { said } = await run(['stats'], { RELAY_URL: url });
  expect(said).toBe('Bearer [redacted] \\u001b[2J\n');
});

test('keys are listed and revoked', async () => {
  await run(['key', 'make', 'shop', '--events', 'signup']);
  const made = await run(['key', 'make', 'billing', '--json']);
  expect(JSON.parse(made.stdout)).toEqual({
    name: 'billing',
    key: expect.stringMatching(/^hrk_/),
    file: 'relay-keys.json',
  });
  expect((await run(['key', 'list'])).said).toBe('shop  signup\nbilling  all events\n');
  expect(JSON.parse((await run(['key', 'list', '--json'])).stdout)).toEqual([
    { name: 'shop', events: ['signup'] },
    { name: 'billing' },
  ]);
  expect((await run(['key', 'revoke', 'nobody'])).said).toContain('it has: shop, billing.');
  expect((await run(['key', 'revoke', 'shop'])).said).toMatch(/^Revoked "shop"/);
  expect(JSON.parse(await readFile(join(folder, 'relay-keys.json'), 'utf8')).keys).toMatchObject([
    { name: 'billing' },
  ]);
  expect(JSON.parse((await run(['key', 'revoke', 'billing', '--json'])).stdout)).toEqual({
    name: 'billing',
    file: 'relay-keys.json',
  });
  expect((await run(['key', 'make', 'other', '--events', 'Sign Up'])).said).toMatch(
    /^"Sign Up" is not a valid event name/,
  );
});

test.each([
  [
    ['key', 'make', 'a', '--file', 'no/such/folder.json'],
    /folder\.json cannot be written: its folder does not exist\.\n$/,
  ],
  [['stats', 'now'], /^"now" is too much: this command takes no argument\.\n$/],
  [['show', 'a', 'b'], /^"b" is too much: this command takes one argument\.\n$/],
  [['stats', '--jsn'], /^There is no option --jsn/],
])('%j is explained in a sentence', async (args, words) => {
  const { code, said } = await run(args);
  expect(said).toMatch(words);
  expect(code).toBe(1);
});

test('what does not go to a terminal has no colours', async () => {
  const colour = { FORCE_COLOR: '', NO_COLOR: '', CI: '', TEST: '', TERM: 'xterm' };
  for (const args of [['help'], ['dead', 'no-command'], ['stats']])
    expect((await run(args, colour)).said).not.toContain('\u001b');
});

test('help is there by its own name', async () => {
  expect((await run(['help'])).said).toContain('snippet');
  expect((await run(['help', 'dead'])).said).toContain('replay');
  const unknown = await run(['help', 'ded']);
  expect(unknown.said).toContain('Unknown command ded');
  expect(unknown.code).toBe(1);
  expect((await run(['relay', '--help'])).said).toContain('docs/configuration.md');
});

test('a lock that is not JSON is unreadable, and is left alone', async () => {
  await writeFile(join(folder, 'events.lock.json'), '{ "version": 1, ');
  const { code, said } = await run(['pull', '--check'], {
    HUBSPOT_DEFINITIONS_TOKEN: demoCredentials.definitionsToken,
    HUBSPOT_BASE_URL: hubspot.url,
  });
  expect(code).toBe(1);
  expect(said).toMatch(/^events\.lock\.json is unreadable: it is not JSON\. Restore it/);
});
