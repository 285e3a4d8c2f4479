import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoCredentials, type RunningFakeHubSpot, startFakeHubSpot } from '@hubrelay/fake-hubspot';
import { EnvReader } from '@hubrelay/relay';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { checkHubSpot } from '../src/doctor/check-hubspot.ts';
import { checkLock } from '../src/doctor/check-lock.ts';
import { checkOwner } from '../src/doctor/check-owner.ts';
import { blockerFindings, pageFindings } from '../src/doctor/check-page.ts';
import { checkOrigin, checkRelay } from '../src/doctor/check-relay.ts';
import { fetchPage } from '../src/doctor/fetch-page.ts';
import { type RunningRelay, runCommand, startRelay } from './support/run-command.ts';

// Ten faults that keep events from arriving, each told by the product's own words: docs/decisions/ten-planted-faults.md

const ORIGIN = 'https://shop.example.com';
const RELAY = 'https://relay.example.com';

let hubspot: RunningFakeHubSpot;
let folder: string;
let relay: RunningRelay;
let variables: Record<string, string>;

beforeAll(async () => {
  const definer = {
    token: 'definitions',
    scopes: ['behavioral_events.event_definitions.read_write'],
  };
  const mighty = {
    token: 'mighty',
    scopes: ['analytics.behavioral_events.send', 'crm.objects.contacts.write'],
  };
  const withoutScope = { token: 'no-scope', scopes: [] };
  const { accessToken } = demoCredentials;
  const sender = { token: accessToken, scopes: ['analytics.behavioral_events.send'] };
  hubspot = await startFakeHubSpot({
    accessTokens: [sender, withoutScope, definer, mighty],
  });
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-doctor-'));
  variables = {
    HUBSPOT_BASE_URL: hubspot.url,
    HUBSPOT_ACCESS_TOKEN: accessToken,
    HUBSPOT_HUB_ID: demoCredentials.hubId,
    ALLOWED_ORIGINS: ORIGIN,
    EVENTS: '*',
    OUTBOX_PATH: join(folder, 'outbox.db'),
  };
  relay = await startRelay(variables);
});

afterAll(async () => {
  await relay?.stop();
  await hubspot?.close();
  await rm(folder, { recursive: true });
});

const hubspotWith = (more: object) =>
  checkHubSpot({
    baseUrl: hubspot.url,
    apiVersion: 'v3',
    token: demoCredentials.accessToken,
    hubId: demoCredentials.hubId,
    now: Date.now,
    ...more,
  });

const failed = (findings: readonly { status: string; what: string; fix?: string }[]) =>
  findings
    .filter(({ status }) => status !== 'ok')
    .map(({ status, what, fix }) => [status, what, fix]);

const paths = () => ({
  relay: relay.url,
  events: '/v1/events',
  script: '/hubrelay.js',
  proxies: 0,
  now: Date.now,
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('where nothing is wrong nothing is found, and nothing is written at HubSpot', async () => {
  expect(failed(await hubspotWith({}))).toEqual([]);
  expect(failed(await checkRelay(paths()))).toEqual([
    ['unknown', expect.stringMatching(/cannot be seen from outside$/), expect.any(String)],
  ]);
  expect(failed(await checkOrigin(ORIGIN, paths()))).toEqual([]);
  expect(hubspot.received()).toEqual([]);
});

test('a wrong key, a missing scope and a wrong Hub ID are told apart', async () => {
  expect(failed(await hubspotWith({ token: 'wrong' }))).toEqual([
    [
      'fail',
      expect.stringMatching(/^HubSpot does not take it \(401/),
      expect.stringMatching(/HUBSPOT_ACCESS_TOKEN/),
    ],
  ]);
  expect(failed(await hubspotWith({ token: 'no-scope' }))).toEqual([
    ['fail', expect.stringMatching(/^it lacks the scope/), expect.stringMatching(/add the scope/)],
  ]);
  expect(failed(await hubspotWith({ hubId: '42' }))).toEqual([
    [
      'fail',
      `HUBSPOT_HUB_ID is 42, and the key is of account ${demoCredentials.hubId}`,
      expect.stringMatching(/^Set HUBSPOT_HUB_ID=/),
    ],
  ]);
});

test('a key that may do more than it needs is told', async () => {
  expect(failed(await hubspotWith({ token: 'mighty' }))).toEqual([
    ['warn', expect.stringMatching(/crm\.objects\.contacts\.write$/), expect.any(String)],
  ]);
});

test('a relay tells of a wrong key before the first event, and accepts events all the same', async () => {
  const key = { HUBSPOT_ACCESS_TOKEN: 'wrong', OUTBOX_PATH: join(folder, 'wrong-key.db') };
  const wrong = await startRelay({ ...variables, ...key });
  onTestFinished(() => wrong.stop());
  await expect
    .poll(() => wrong.said(), { timeout: 30_000 })
    .toMatch(/"level":50.*"status":401.*HubSpot does not accept the key.*make a new one/);
  expect(failed(await checkOrigin(ORIGIN, { ...paths(), relay: wrong.url }))).toEqual([]);
  const ready = await fetch(`${wrong.url}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([503, { key: 'refused' }]);
  expect(failed(await checkRelay({ ...paths(), relay: wrong.url }))).toContainEqual([
    'fail',
    'HubSpot refuses the relay’s key',
    expect.stringMatching(/HUBSPOT_ACCESS_TOKEN/),
  ]);
});

test('a clock that is wrong, and the end of an API version, are told', async () => {
  expect(failed(await hubspotWith({ now: () => Date.now() + 3_600_000 }))).toEqual([
    ['warn', '60 min off HubSpot’s', expect.stringMatching(/timedatectl/)],
  ]);
  expect(failed(await hubspotWith({ now: () => Date.UTC(2027, 6, 1) }))).toContainEqual([
    'warn',
    'v3, which HubSpot supports until September 2027',
    'Set HUBSPOT_API_VERSION=2026-09 before.',
  ]);
});

test('a key that HubSpot quotes is not in the report, and an answer of another form is no crash', async () => {
  const token = 'pat-na1-quoted';
  const bodies = [JSON.stringify({ category: `Bearer ${token}`, message: token }), 'null', '"x"'];
  for (const body of bodies) {
    const baseUrl = await serve((_, response) => response.writeHead(401).end(body));
    const findings = await hubspotWith({ baseUrl, token });
    expect(findings[0]?.status).toBe('fail');
    expect(JSON.stringify(findings)).not.toContain(token);
  }
});

test('a website that is not allowed is told', async () => {
  expect(failed(await checkOrigin('https://www.shop.example.com', paths()))).toEqual([
    [
      'fail',
      'the relay refuses it (403 origin_not_allowed)',
      expect.stringMatching(/ALLOWED_ORIGINS/),
    ],
  ]);
});

test('a proxy that drops bodies, one that redirects, and a login page are told', async () => {
  const pass = async (body: string | undefined, response: Parameters<RequestListener>[1]) => {
    const headers = { origin: ORIGIN, 'content-type': 'text/plain' };
    const answer = await fetch(`${relay.url}/v1/events`, {
      method: 'POST',
      headers,
      body: body ?? '',
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  };
  const eater = await serve((_, response) => void pass(undefined, response));
  const redirect = await serve((_, response) =>
    response.writeHead(301, { location: 'https://other.example' }).end(),
  );
  const login = await serve((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<form>'),
  );
  const what = async (url: string) =>
    failed(await checkOrigin(ORIGIN, { ...paths(), relay: url }))[0]?.[1];
  expect(await what(eater)).toMatch(/^two different bodies are answered alike/);
  expect(await what(redirect)).toMatch(/is redirected to https:\/\/other\.example/);
  expect(await what(login)).toMatch(/is not answered by the relay \(200\)/);
});

test('a proxy that is not counted, and one that swallows preflights, are told', async () => {
  const proxy = await serve(async (request, response) => {
    if (request.method === 'OPTIONS') return response.writeHead(405).end();
    const { method = 'GET' } = request;
    const chunks: Uint8Array[] = await request.toArray();
    const headers = { origin: ORIGIN, 'content-type': 'text/plain' };
    const body = method === 'POST' ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(`${relay.url}${request.url}`, { method, headers, ...body });
    const { 'content-encoding': _, ...kept } = Object.fromEntries(answer.headers);
    const text = await answer.text();
    const length = { 'content-length': Buffer.byteLength(text) };
    response.writeHead(answer.status, { ...kept, ...length, via: '1.1 edge' }).end(text);
  });
  const behind = { ...paths(), relay: proxy };
  expect(failed(await checkRelay(behind))).toEqual([
    ['warn', 'a proxy answers (via: 1.1 edge), and TRUSTED_PROXIES is 0', expect.any(String)],
  ]);
  expect(failed(await checkOrigin(ORIGIN, behind))).toEqual([
    ['warn', expect.stringMatching(/^OPTIONS .* \(405\)$/), expect.stringMatching(/OPTIONS/)],
  ]);
});

test('a lock that is not as HubSpot says is told', async () => {
  const lockPath = join(folder, 'events.lock.json');
  const env = (more: Record<string, string>) =>
    new EnvReader({ ...variables, EVENTS_LOCK: lockPath, ...more });
  expect(await checkLock(env({}))).toMatchObject({ status: 'unknown' });
  const lock = { version: 1, hubId: demoCredentials.hubId, events: {} };
  await writeFile(lockPath, JSON.stringify(lock));
  expect(await checkLock(env({ HUBSPOT_DEFINITIONS_TOKEN: 'definitions' }))).toMatchObject({
    status: 'warn',
    what: expect.stringMatching(/^HubSpot is not as .*\+ \w+/),
    fix: expect.stringMatching(/hubrelay pull/),
  });
});

const page = (html: string, ...policies: string[]) => ({ url: `${ORIGIN}/`, html, policies });
const SNIPPET = `<script async src="${RELAY}/hubrelay.js"></script>`;
const TRACKING = '<script src="//js.hs-scripts.com/1234567.js"></script>';

test('a page without HubSpot’s tracking code, without the snippet, or with a policy that blocks is told', () => {
  expect(failed(pageFindings(page(SNIPPET + TRACKING), RELAY))).toEqual([]);
  expect(failed(pageFindings(page(SNIPPET), RELAY))).toMatchObject([
    ['warn', 'not in the HTML; a tag manager may add it', expect.stringMatching(/Tracking code/)],
  ]);
  expect(failed(pageFindings(page('<h1>Hello</h1>'), RELAY))).toContainEqual([
    'fail',
    'the page does not load the script',
    'hubrelay snippet prints the lines.',
  ]);
  const both = SNIPPET + TRACKING;
  expect(failed(pageFindings(page(both, "default-src 'self'; script-src * "), RELAY))).toEqual([
    ['fail', `connect-src does not allow ${RELAY}`, `Add: connect-src ${RELAY}`],
  ]);
});

const HUBSPOTS = 'https://js.hs-scripts.com https://*.hs-analytics.net';

test.each([
  ['hosts of a star', `default-src 'self' https://*.example.com ${HUBSPOTS}`, []],
  [
    'script-src-elem before script-src',
    `script-src-elem ${RELAY} ${HUBSPOTS}; script-src 'self'`,
    [],
  ],
  ['a nonce', "script-src 'nonce-abc'", [['unknown', /nonce or a hash/]]],
  [
    'strict-dynamic, which hosts do not count beside',
    `script-src 'strict-dynamic' ${RELAY}`,
    [['unknown', /nonce or a hash/]],
  ],
  [
    'no HubSpot',
    `script-src ${RELAY}`,
    [['warn', /does not allow https:\/\/js\.hs-scripts\.com and https:\/\/js\.hs-analytics\.net/]],
  ],
])('a policy with %s', (_, policy, findings) => {
  const found = failed(pageFindings(page(SNIPPET + TRACKING, policy), RELAY));
  expect(found.map(([status, what]) => [status, what])).toEqual(
    findings.map(([status, what]) => [status, expect.stringMatching(what as RegExp)]),
  );
});

test('what the relay has seen is told: refused websites, dead letters, events that wait in pages', async () => {
  const pages = [
    { state: 'waiting', reason: 'no_visitor', origin: ORIGIN, events: 7, reports: 2, lastAt: 0 },
  ];
  const stats = { outbox: { dead: 1 }, refusedOrigins: { 'https://other.example': 5 }, pages };
  const letter = {
    reason: 'refused_by_hubspot',
    event: { eventName: 'pe1234567_singup' },
    error: { status: 400, message: 'No event definition exists' },
  };
  const findings = await checkOwner({
    stats: async () => stats,
    listDead: async () => ({ items: [letter] }),
  } as never);
  expect(failed(findings)).toEqual([
    ['warn', 'https://other.example (5 requests)', expect.stringMatching(/ALLOWED_ORIGINS/)],
    [
      'fail',
      expect.stringMatching(/^pages told of 7 that wait for/),
      expect.stringMatching(/tracking code/),
    ],
    [
      'warn',
      expect.stringMatching(/pe1234567_singup, refused_by_hubspot: 400 No event/),
      expect.stringMatching(/dead list/),
    ],
  ]);
});

test('what keeps the relay from being asked does not end the report', async () => {
  const admin = {
    ADMIN_TOKEN: 'an-admin-token-of-the-tests',
    RELAY_URL: 'http://relay.example.com',
  };
  const { code, said } = await runCommand(['doctor'], { ...variables, ...admin }, folder);
  expect(said).toMatch(/^unknown {2}What the relay has seen: RELAY_URL is not https/m);
  expect(said).toMatch(/^ok {7}Variables: complete/m);
  // Pages cannot reach it either.
  expect(code).toBe(2);
});

test('a page that loads the script from another address than the one looked at is told', () => {
  const other = `<script src="https://stats.example.com/hubrelay.js"></script>${TRACKING}`;
  expect(failed(pageFindings(page(other), RELAY))).toEqual([
    [
      'unknown',
      expect.stringMatching(/from stats\.example\.com/),
      expect.stringMatching(/--relay https:\/\/stats/),
    ],
  ]);
});

test('a relay whose clock is wrong is told', async () => {
  const ahead = { ...paths(), now: () => Date.now() - 3_600_000 };
  expect(failed(await checkRelay(ahead))).toContainEqual([
    'warn',
    '60 min ahead of this machine’s',
    expect.stringMatching(/timedatectl/),
  ]);
});

function selfSigned() {
  const made = execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      '-',
      '-days',
      '1',
      '-subj',
      '/CN=localhost',
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return { key: made, cert: made };
}

test('a certificate that browsers refuse is told in words', async () => {
  const { key, cert } = selfSigned();
  const server = createTlsServer({ key, cert }, (_, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(failed(await checkRelay({ ...paths(), relay: `https://localhost:${port}` }))).toEqual([
    ['fail', expect.stringMatching(/its TLS certificate is self-signed/), expect.any(String)],
  ]);
  const plain = relay.url.replace('http:', 'https:');
  expect(failed(await checkRelay({ ...paths(), relay: plain }))).toEqual([
    ['fail', expect.stringMatching(/it does not speak TLS there/), expect.any(String)],
  ]);
});

test('an answer without an end ends the look, not the command', async () => {
  const endless = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    const write = () => {
      if (!response.destroyed) response.write('x'.repeat(65_536), write);
    };
    write();
  });
  expect(await checkRelay({ ...paths(), relay: endless })).toContainEqual(
    expect.objectContaining({ what: expect.stringMatching(/is not answered by the relay/) }),
  );
  expect(await fetchPage(endless)).toMatchObject({ html: expect.stringMatching(/^x+$/) });
});

test.each([
  ['https://analytics.example.com', '/v1/events', 'warn'],
  ['https://relay.example.com', '/collect', 'warn'],
  ['https://relay.example.com', '/v1/events', 'ok'],
  ['https://t.example.com', '/v1/events', 'ok'],
])('%s%s: %s', (host, path, status) => {
  expect(blockerFindings(host, path)[0]?.status).toBe(status);
});

test('the command goes through all of it, and exits with 2 when something fails', async () => {
  const { code, said } = await runCommand(
    ['doctor', '--relay', relay.url],
    { ...variables, HUBSPOT_ACCESS_TOKEN: 'wrong' },
    folder,
  );
  expect(said).toMatch(/^ok {7}Variables: complete/m);
  expect(said).toMatch(/^FAIL {5}HubSpot key: HubSpot does not take it/m);
  expect(said).toMatch(/^ok {7}Origin https:\/\/shop\.example\.com: may send events/m);
  expect(code).toBe(2);
});
