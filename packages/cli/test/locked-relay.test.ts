import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { demoCredentials, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { expect, onTestFinished, test } from 'vitest';
import { childEnv } from '../../../scripts/child-env.ts';

const HUBRELAY = ['--conditions=hubrelay-source', join(import.meta.dirname, '../src/main.ts')];
const SHOP = 'https://shop.example';

test('what is pulled is what the relay lets through, and HubSpot takes all of it', async () => {
  const hubspot = await startFakeHubSpot();
  onTestFinished(() => hubspot.close());
  const cwd = await mkdtemp(join(tmpdir(), 'hubrelay-locked-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  const env = {
    ...childEnv,
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_DEFINITIONS_TOKEN: demoCredentials.definitionsToken,
  };
  await promisify(execFile)(process.execPath, [...HUBRELAY, 'pull'], { cwd, env });
  const url = await startRelay(cwd, hubspot.url);

  const event = (eventName: string, properties: object) => ({
    uuid: randomUUID(),
    eventName,
    properties,
    occurredAt: Date.now(),
  });
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { origin: SHOP, 'content-type': 'text/plain' },
    body: JSON.stringify({
      sentAt: Date.now(),
      utk: '0123456789abcdef0123456789abcdef',
      events: [
        event('never_defined', {}),
        event('signup', { plan: 'business', hs_page_url: SHOP, hs_country: 'Mars', made_up: 1 }),
        event('signup', { plan: 'platinum' }),
      ],
    }),
  });

  expect(await answer.json()).toMatchObject({
    accepted: 2,
    rejected: [{ index: 0, code: 'unknown_event', message: expect.stringContaining('pull') }],
  });
  expect((await hubspot.waitFor(2)).map(({ properties }) => properties)).toEqual([
    { plan: 'business', hs_page_url: SHOP },
    {},
  ]);
});

async function startRelay(cwd: string, hubspotUrl: string): Promise<string> {
  const relay = spawn(process.execPath, [...HUBRELAY, 'relay'], {
    cwd,
    env: {
      ...childEnv,
      PORT: '0',
      DELIVERY: 'direct',
      ALLOWED_ORIGINS: SHOP,
      EVENTS_LOCK: 'events.lock.json',
      HUBSPOT_BASE_URL: hubspotUrl,
      HUBSPOT_ACCESS_TOKEN: demoCredentials.accessToken,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    relay.kill('SIGTERM');
    await once(relay, 'exit');
  });
  let output = '';
  for await (const chunk of relay.stdout) {
    output += chunk;
    const url = /"url":"(http:[^"]+)"/.exec(output)?.[1];
    if (url) return url;
  }
  throw new Error(`the relay did not start: ${output}`);
}
