import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ADMIN_TOKEN,
  ORIGIN,
  type RunningRelay,
  runCommand,
  startOwnersRelay,
} from './support/run-command.ts';

let hubspot: RunningFakeHubSpot;
let folder: string;
let relay: RunningRelay;

beforeAll(async () => {
  hubspot = await startFakeHubSpot();
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-dead-'));
  relay = await startOwnersRelay(hubspot, folder);
});

afterAll(async () => {
  await relay?.stop();
  await hubspot.close();
  await rm(folder, { recursive: true });
});

/** Runs `hubrelay dead` as an operator does. */
const dead = (args: string[], variables: Record<string, string> = {}) =>
  command(['dead', ...args], variables);

const command = (args: string[], variables: Record<string, string> = {}) =>
  runCommand(args, { RELAY_URL: relay.url, ADMIN_TOKEN, ...variables });

/** Sends an event that HubSpot refuses. @returns its uuid */
async function sendPoison(): Promise<string> {
  const uuid = crypto.randomUUID();
  hubspot.fail({ poison: uuid, times: 1 });
  const refusals = hubspot.requests().length;
  await send(uuid);
  await expect.poll(() => hubspot.requests().length).toBeGreaterThan(refusals);
  return uuid;
}

async function send(uuid: string): Promise<void> {
  const event = { uuid, eventName: 'signup', properties: { plan: 'pro' }, occurredAt: Date.now() };
  const batch = { sentAt: Date.now(), utk: '0123456789abcdef0123456789abcdef', events: [event] };
  const answer = await fetch(`${relay.url}/v1/events`, {
    method: 'POST',
    headers: { origin: ORIGIN },
    body: JSON.stringify(batch),
  });
  expect(answer.status).toBe(202);
}

test('a dead letter is listed with HubSpot’s words, shown, and replayed until it is delivered', async () => {
  const uuid = await sendPoison();
  await expect.poll(async () => (await dead(['list'])).said).toContain(uuid);
  const listed = await dead([
    'list',
    '--event',
    'pe1234567_signup',
    '--reason',
    'refused_by_hubspot',
  ]);
  expect(listed.said).toContain('refused_by_hubspot  400');
  expect(JSON.parse((await dead(['show', uuid])).said)).toMatchObject({
    event: { uuid, properties: { plan: 'pro' } },
    reason: 'refused_by_hubspot',
  });

  expect(await dead(['replay', uuid])).toMatchObject({
    code: 0,
    said: 'Requeued: 1.\n',
  });
  await hubspot.waitFor((events) => events.some((event) => event.uuid === uuid));
  expect((await dead(['list'])).said).toBe('No dead letters.\n');
});

test('events of a bad release are found before they are sent, and taken out', async () => {
  const order = (path: string) =>
    fetch(`${relay.url}/admin/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
  await order('pause');
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
  await send(first);
  await send(second);
  const listed = await command(['pending', 'list', '--event', 'pe1234567_signup', '--limit', '1']);
  expect(listed.said).toMatch(new RegExp(`${first}  pe1234567_signup  tries 0\\nMore: --cursor`));
  const shown = await command(['pending', 'show', second]);
  expect(JSON.parse(shown.said)).toMatchObject({ event: { uuid: second }, attempts: 0 });

  expect((await command(['pending', 'bury', '--status', 'none', '--max-attempts', '0'])).said).toBe(
    'Buried: 2. Events on their way to HubSpot are left alone.\n',
  );
  expect((await dead(['list', '--reason', 'buried_by_operator'])).said).toContain(second);
  await dead(['replay', first]);
  expect((await command(['pending', 'purge', first])).said).toContain('Deleted: 1.');
  expect((await command(['pending', 'list'])).said).toBe('No pending events.\n');
  expect((await command(['pending', 'show', first])).code).toBe(1);
  await dead(['purge', '--all']);
  await order('resume');
});

test('a purge deletes for good', async () => {
  const uuid = await sendPoison();
  await expect.poll(async () => (await dead(['list'])).said).toContain(uuid);
  expect((await dead(['purge', '--all'])).said).toBe('Deleted: 1.\n');
  expect(await dead(['show', uuid])).toMatchObject({ code: 1 });
});

test.each([
  ['no condition', ['replay'], {}, 'Say which dead letters'],
  ['all and a condition', ['purge', '--all', '--event', 'x'], {}, '--all takes every dead letter'],
  ['a time that is none', ['replay', '--after', 'yesterday'], {}, 'ISO 8601'],
  [
    'a wrong token',
    ['list'],
    { ADMIN_TOKEN: 'another-token-of-24-chars' },
    'does not take this ADMIN_TOKEN',
  ],
  ['no token', ['list'], { ADMIN_TOKEN: '' }, 'ADMIN_TOKEN is not set'],
  [
    'a misspelt address',
    ['list'],
    { ADMIN_TOKEN: '', RELAY_ULR: 'https://relay.example' },
    'Note: RELAY_ULR is not a setting; did you mean RELAY_URL?\n',
  ],
  [
    'a relay that would get the token in clear',
    ['list'],
    { RELAY_URL: 'http://relay.example' },
    'RELAY_URL is not https',
  ],
  [
    'no relay',
    ['list'],
    { RELAY_URL: 'http://127.0.0.1:1' },
    'No relay answers at http://127.0.0.1:1',
  ],
])('%s is explained', async (_, args, variables, words) => {
  expect(await dead(args, variables)).toMatchObject({
    code: 1,
    said: expect.stringContaining(words),
  });
});
