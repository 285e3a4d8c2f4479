import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';

const main = ['--conditions=hubrelay-source', new URL('../src/main.ts', import.meta.url).pathname];
const EMAIL = 'ada@example.com';

let hubspot: RunningFakeHubSpot;
beforeEach(async () => {
  hubspot = await startFakeHubSpot({ contacts: [{ id: '1', email: EMAIL }] });
});
afterEach(() => hubspot.close());

function start(args: readonly string[]) {
  const child = spawn('node', [...main, 'probe', '--max-body', '1', ...args], {
    env: {
      ...childEnv,
      HUBSPOT_BASE_URL: hubspot.url,
      HUBSPOT_PROBE_TOKEN: demoCredentials.definitionsToken,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let report = '';
  let told = '';
  child.stdout.on('data', (chunk) => {
    report += chunk;
  });
  child.stderr.on('data', (chunk) => {
    told += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, report, told }));
  return { child, ended, told: () => told };
}

async function definitions(): Promise<string[]> {
  const answer = await fetch(`${hubspot.url}/events/v3/event-definitions?limit=100`, {
    headers: { authorization: `Bearer ${demoCredentials.definitionsToken}` },
  });
  const { results } = (await answer.json()) as { results: { name: string }[] };
  return results.map(({ name }) => name).filter((name) => name.startsWith('hubrelay_probe'));
}

test('prints a report that names neither account nor person, and leaves nothing behind', async () => {
  hubspot.change({ duplicateUuid: 409, undefinedProperty: 'accept' });
  const { code, report, told } = await start(['--yes', '--email', EMAIL]).ended;
  expect(told).toContain(`in HubSpot account ${hubspot.hubId} (STANDARD)`);
  expect(report).toContain('  duplicateUuid: 409,\n');
  expect(report).toContain("  undefinedProperty: 'accept',\n");
  expect(report).toContain("  badItem: 'atomic',\n");
  for (const secret of [
    hubspot.hubId,
    EMAIL,
    demoCredentials.definitionsToken,
    'hubrelay_probe_',
  ]) {
    expect(report).not.toContain(secret);
  }
  expect(code).toBe(0);
  expect(await definitions()).toEqual([]);
});

test('writes nothing unless somebody says so', async () => {
  const { code, told } = await start([]).ended;
  expect(told).toContain('Nothing was written: there is no terminal to ask at. Add --yes.');
  expect(code).toBe(1);
  expect(hubspot.requests().map(({ method }) => method)).toEqual(['GET']);
});

test('Ctrl-C ends it, and what it made is deleted', async () => {
  hubspot.change({ readBackDelayMs: 3_600_000 });
  const { child, ended, told } = start(['--yes', '--email', EMAIL]);
  await expect.poll(told, { timeout: 30_000 }).toContain('How large a body may be');
  expect(await definitions()).toHaveLength(2);
  child.kill('SIGINT');
  const { code, report } = await ended;
  expect(report).toContain('| The same uuid again');
  expect(report).not.toContain('badItem');
  expect(code).toBe(0);
  expect(await definitions()).toEqual([]);
});
