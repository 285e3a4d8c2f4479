import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';
import {
  ADMIN_TOKEN,
  MAIN,
  ORIGIN,
  type RunningRelay,
  runCommand,
  startOwnersRelay,
} from './support/run-command.ts';

const KNOWN = '0123456789abcdef0123456789abcdef';
const UNKNOWN = 'f'.repeat(32);

let hubspot: RunningFakeHubSpot;
let folder: string;
let relay: RunningRelay;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  hubspot = await startFakeHubSpot({ contacts: [{ id: '1', utks: [KNOWN] }] });
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-verify-'));
  relay = await startOwnersRelay(hubspot, folder);
});

afterAll(async () => {
  for (const child of running) child.kill('SIGTERM');
  await relay?.stop();
  await hubspot.close();
  await rm(folder, { recursive: true });
});

const env = (variables: Record<string, string> = {}) => ({
  RELAY_URL: relay.url,
  ADMIN_TOKEN,
  HUBSPOT_BASE_URL: hubspot.url,
  HUBSPOT_READ_TOKEN: demoCredentials.readBackToken,
  HUBSPOT_DEFINITIONS_TOKEN: demoCredentials.definitionsToken,
  ...variables,
});

const verify = (args: readonly string[], variables: Record<string, string> = {}) =>
  runCommand(['verify', ...args], env(variables));

async function deliver(utk: string): Promise<string> {
  const uuid = crypto.randomUUID();
  const event = { uuid, eventName: 'signup', properties: { plan: 'pro' }, occurredAt: Date.now() };
  const answer = await fetch(`${relay.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', origin: ORIGIN },
    body: JSON.stringify({ sentAt: Date.now(), utk, events: [event] }),
  });
  expect(answer.status).toBe(202);
  await hubspot.waitFor((events) => events.some((one) => one.uuid === uuid));
  const isRemembered = async () =>
    (
      await fetch(`${relay.url}/admin/v1/delivered/${uuid}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      })
    ).ok;
  await expect.poll(isRemembered).toBe(true);
  return uuid;
}

test('tells of a sample of what was delivered how many show, and why others do not', async () => {
  const shown = await deliver(KNOWN);
  const orphan = await deliver(UNKNOWN);
  const fresh = await verify(['--last', '1h', '--sample', '100']);
  expect(fresh.said).toContain(`${orphan}  pe1234567_signup  not shown yet (no_contact_yet)`);
  expect(fresh.code).toBe(0);

  const late = () => verify(['--last', '1h', '--sample', '100', '--lag', '1s']);
  await expect
    .poll(async () => (await late()).said, { interval: 300, timeout: 20_000 })
    .toContain('NOT SHOWN');
  const { said, code } = await late();
  expect(said).toContain(`${orphan}  pe1234567_signup  NOT SHOWN (unknown_contact)`);
  expect(said).toContain('1 × unknown_contact: HubSpot has no contact for this visitor.');
  expect(said).not.toContain(shown);
  expect(said).toMatch(/^Checked 2 of 2 delivered events .*: 1 shown, .*1 NOT SHOWN/m);
  expect(code).toBe(2);

  const one = await verify(['--uuid', shown, '--json']);
  expect(JSON.parse(one.said)).toMatchObject({
    states: { shown: 1 },
    events: [{ state: 'shown' }],
  });
  expect(one.code).toBe(0);
  expect((await verify(['--uuid', orphan, '--lag', '1s'])).code).toBe(2);
});

test('an event that the relay does not remember cannot be known', async () => {
  const { said, code } = await verify(['--uuid', crypto.randomUUID()]);
  expect(said).toContain('cannot be known (not_remembered): The relay does not remember it.');
  expect(code).toBe(0);
});

test('an event that HubSpot refused is a dead letter', async () => {
  const uuid = crypto.randomUUID();
  hubspot.fail({ poison: uuid });
  const event = { uuid, eventName: 'signup', properties: {}, occurredAt: Date.now() };
  await fetch(`${relay.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', origin: ORIGIN },
    body: JSON.stringify({ sentAt: Date.now(), utk: KNOWN, events: [event] }),
  });
  await expect
    .poll(async () => (await verify(['--uuid', uuid])).said, { interval: 500, timeout: 30_000 })
    .toContain(`not shown (dead_letter): HubSpot does not have it: "hubrelay dead show ${uuid}"`);
});

test('--watch tells each event when it is decided', async () => {
  hubspot.change({ readBackDelayMs: 60_000_000 });
  const args = [...MAIN, 'verify', '--watch', '--every', '1s'];
  const child = spawn('node', args, {
    env: { ...childEnv, ...env() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const lineAbout = async (uuid: string, words: string) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`"${words}" was not said`);
      if (value.includes(uuid) && value.includes(words)) return;
    }
  };
  const uuid = await deliver(KNOWN);
  await lineAbout(uuid, 'not shown yet (read_back_lag)');
  hubspot.change({ readBackDelayMs: 0 });
  await lineAbout(uuid, 'shown');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  [['--last', 'soon'], {}, '--last soon is not a duration'],
  [['--sample', '1000'], {}, '--sample 1000 is not a number of events'],
  [[], { HUBSPOT_READ_TOKEN: '' }, 'HUBSPOT_READ_TOKEN is not set: create a second service key'],
  [[], { HUBSPOT_READ_TOKEN: 'wrong' }, 'HubSpot does not take HUBSPOT_READ_TOKEN (401)'],
] as const)('%j with %j is refused', async (args, variables, message) => {
  const { said, code } = await verify(args, variables);
  expect(said).toContain(message);
  expect(code).toBe(1);
});
