import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeHubSpot, demoCredentials, type FakeHubSpot } from '@hubrelay/fake-hubspot';
import { parseLock, Redacted } from '@hubrelay/relay';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PullOptions, pull } from './pull.ts';

const signup = {
  name: 'signup',
  includeDefaultProperties: false,
  properties: [
    {
      name: 'plan',
      type: 'enumeration',
      options: [
        { label: 'Pro', value: 'pro' },
        { label: 'Free', value: 'free' },
      ],
    },
    { name: 'seats', type: 'number' },
    { name: 'old_plan', type: 'string', archived: true },
  ],
} as const;
const named = (name: string) => ({ name, includeDefaultProperties: false });

let folder: string;
let waits: number[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubrelay-pull-'));
  waits = [];
});
afterEach(() => rm(folder, { recursive: true }));

function optionsFor(hubspot: FakeHubSpot, more: Partial<PullOptions> = {}): PullOptions {
  return {
    token: new Redacted(demoCredentials.definitionsToken),
    baseUrl: 'https://api.hubapi.com',
    apiVersion: 'v3',
    pageSize: 2,
    fetch: hubspot.fetch,
    sleep: async (ms) => void waits.push(ms),
    random: () => 1,
    lockPath: join(folder, 'events.lock.json'),
    typesPath: join(folder, 'events.d.ts'),
    hubId: undefined,
    ...more,
  };
}

async function pulled(options: PullOptions) {
  const result = await pull(options);
  if (!result.ok) throw new Error(result.problem);
  return result;
}

async function problem(options: PullOptions): Promise<string> {
  const result = await pull(options);
  if (result.ok) throw new Error('the pull succeeded');
  return result.problem;
}

const definitionsCall = () => true;

test('the lock has one line for each property, and the relay reads it', async () => {
  const hubspot = createFakeHubSpot({ definitions: [signup] });
  const { stale } = await pulled(optionsFor(hubspot));
  expect(stale[0]?.text).toBe(`{
  "version": 1,
  "hubId": "1234567",
  "events": {
    "signup": {
      "fullyQualifiedName": "pe1234567_signup",
      "withoutDefaults": true,
      "properties": {
        "old_plan": { "type": "string", "archived": true },
        "plan": { "type": "enumeration", "options": ["free", "pro"] },
        "seats": { "type": "number" }
      }
    }
  }
}
`);
  expect(parseLock(JSON.parse(stale[0]?.text ?? ''))).toMatchObject({ ok: true });
});

test('all pages are read', async () => {
  const definitions = ['a', 'b', 'c', 'd', 'e'].map(named);
  const { lock } = await pulled(optionsFor(createFakeHubSpot({ definitions })));
  expect(Object.keys(lock.events)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('the order in which HubSpot lists things changes nothing', async () => {
  const one = await pulled(optionsFor(createFakeHubSpot({ definitions: [signup, named('a')] })));
  const reversed = { ...signup, properties: signup.properties.toReversed() };
  const other = await pulled(
    optionsFor(createFakeHubSpot({ definitions: [named('a'), reversed] })),
  );
  expect(other.stale).toEqual(one.stale);
});

test('files that say what HubSpot has are not stale, with Windows line ends too', async () => {
  const options = optionsFor(createFakeHubSpot({ definitions: [signup] }));
  for (const { path, text } of (await pulled(options)).stale) {
    await writeFile(path, text.replaceAll('\n', '\r\n'));
  }
  expect(await pulled(options)).toMatchObject({ stale: [], changes: [] });
});

test('a stale lock is told line by line', async () => {
  const hubspot = createFakeHubSpot({ definitions: [signup, named('gone')] });
  const options = optionsFor(hubspot);
  for (const { path, text } of (await pulled(options)).stale) await writeFile(path, text);
  const [plan] = signup.properties;
  hubspot.define({
    ...signup,
    properties: [
      { ...plan, options: [plan.options[0], { label: 'Team', value: 'team' }] },
      { name: 'seats', type: 'string' },
      { name: 'coupon', type: 'string' },
    ],
  });
  hubspot.define({ ...named('gone'), archived: true });
  hubspot.define(named('refunded'));
  expect((await pulled(options)).changes).toEqual([
    '- gone (0 properties)',
    '+ refunded (0 properties)',
    '+ signup.coupon: string',
    '- signup.old_plan: string, archived',
    '~ signup.plan: +team -free',
    '~ signup.seats: number → string',
  ]);
});

test('a busy HubSpot is asked again, never before it wants to be', async () => {
  const hubspot = createFakeHubSpot({ definitions: [signup] });
  hubspot.fail({ status: 429, retryAfter: 7, times: 1, match: definitionsCall });
  hubspot.fail({ status: 503, times: 1, match: definitionsCall });
  await pulled(optionsFor(hubspot));
  expect(waits).toEqual([7_000, 2_000]);
});

test('a HubSpot that stays down is given up, with its words', async () => {
  const hubspot = createFakeHubSpot();
  hubspot.fail({ status: 503, match: definitionsCall });
  expect(await problem(optionsFor(hubspot))).toContain('HubSpot answered 503');
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
});

test.each([
  ['an unknown key', 'wrong', 'does not take HUBSPOT_DEFINITIONS_TOKEN (401)'],
  [
    'a key without the scope',
    demoCredentials.accessToken,
    'lacks the scope behavioral_events.event_definitions.read_write (403)',
  ],
])('%s is explained, asked once, and never printed', async (_, token, words) => {
  const hubspot = createFakeHubSpot();
  const said = await problem(optionsFor(hubspot, { token: new Redacted(token) }));
  expect(said).toContain(words);
  expect(said).not.toContain(token);
  expect(hubspot.requests()).toHaveLength(1);
});

test('a key that HubSpot quotes is not printed, whole or in part', async () => {
  const token = 'a-definitions-token-of-the-tests';
  for (const before of [0, 290]) {
    const message = `${'x'.repeat(before)} ${token} is not known`;
    const fetch = async () => Response.json({ message }, { status: 401 });
    const options = optionsFor(createFakeHubSpot(), { fetch, token: new Redacted(token) });
    expect(await problem(options)).not.toContain('a-def');
  }
});

test('an unreachable HubSpot is named', async () => {
  const fetch = () =>
    Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
  expect(await problem(optionsFor(createFakeHubSpot(), { fetch }))).toBe(
    'HubSpot cannot be reached at https://api.hubapi.com: connect ECONNREFUSED.',
  );
});

test.each([
  ['a page that is no list', { status: 'ok' }, '"results" in it is missing, or not of the kind'],
  ['a page that is a text', 'no', 'It is missing, or not of the kind'],
  ['a page that leads to itself', { results: [], paging: { next: { after: '2' } } }, 'twice'],
])('%s ends the pull', async (_, body, words) => {
  const fetch = async () => Response.json(body);
  expect(await problem(optionsFor(createFakeHubSpot(), { fetch }))).toContain(words);
});

test('what a lock cannot hold is left out and told; what is unknown is treated with care', async () => {
  const property = (name: string, more = {}) => ({ name, type: 'string', ...more });
  const results = [
    {
      fullyQualifiedName: 'pe7_odd',
      properties: [
        property('Bad Name'),
        property('place', { type: 'geo_point' }),
        property('diagnosis', { dataSensitivity: 'even_more_sensitive' }),
      ],
    },
    { fullyQualifiedName: 'e_visited_page', properties: [] },
  ];
  const fetch = async () => Response.json({ results });
  const { lock, notes } = await pulled(optionsFor(createFakeHubSpot(), { fetch }));
  expect(lock.events).toEqual({
    odd: {
      fullyQualifiedName: 'pe7_odd',
      withoutDefaults: true,
      properties: {
        diagnosis: { type: 'string', sensitivity: 'highly_sensitive' },
        place: { type: 'string' },
      },
    },
  });
  expect(notes).toHaveLength(3);
});

test('an account without events, and another account, are told apart', async () => {
  const empty = createFakeHubSpot({ definitions: [] });
  expect(await problem(optionsFor(empty))).toContain('no event definition yet');
  const other = createFakeHubSpot({ definitions: [signup] });
  expect(await problem(optionsFor(other, { hubId: '99' }))).toContain('HUBSPOT_HUB_ID says 99');
});

test('whether an event has the default properties, and by which of its own it is matched, is in the lock', async () => {
  const definitions = [
    { name: 'seen' },
    {
      ...named('won'),
      customMatchingProperty: 'deal_id',
      properties: [{ name: 'deal_id', type: 'string' }],
    },
  ] as const;
  const { lock } = await pulled(optionsFor(createFakeHubSpot({ definitions })));
  expect(lock.events.seen).not.toHaveProperty('withoutDefaults');
  expect(lock.events.seen).not.toHaveProperty('matchedBy');
  expect(lock.events.won).toMatchObject({ withoutDefaults: true, matchedBy: 'deal_id' });
});

/** HubSpot with an answer of its own. */
function answering(body: object): Partial<PullOptions> {
  return { fetch: async () => Response.json(body) };
}

test('what HubSpot leaves empty or null is taken', async () => {
  const plan = {
    name: 'plan',
    type: 'enumeration',
    options: null,
    archived: null,
    dataSensitivity: null,
  };
  const results = [
    {
      fullyQualifiedName: 'pe1234567_signup',
      archived: null,
      properties: [plan],
      customMatchingId: null,
    },
    { fullyQualifiedName: 'pe1234567_bare' },
  ];
  for (const paging of [null, { next: null }, { next: { after: '' } }, { next: { after: null } }]) {
    const options = optionsFor(createFakeHubSpot(), answering({ results, paging }));
    const { lock } = await pulled(options);
    expect(lock.events).toMatchObject({
      signup: { properties: { plan: { type: 'enumeration' } } },
      bare: {},
    });
  }
});

test('an event and a property may be called constructor', async () => {
  const results = [
    {
      fullyQualifiedName: 'pe1234567_constructor',
      properties: [{ name: 'constructor', type: 'string' }],
    },
  ];
  const options = optionsFor(createFakeHubSpot(), answering({ results }));
  const { changes, stale } = await pulled(options);
  expect(changes).toEqual(['+ constructor (1 property)']);
  const parsed = parseLock(JSON.parse(stale[0]?.text ?? ''));
  expect(parsed.ok && Object.keys(parsed.lock.events)).toEqual(['constructor']);
  const { constructor: event } = (parsed.ok ? parsed.lock.events : {}) as Record<string, unknown>;
  expect(event).toMatchObject({ properties: { constructor: { type: 'string' } } });
});

test('the relay reads a lock whose matching property HubSpot writes with capitals', async () => {
  const results = [
    {
      fullyQualifiedName: 'pe1234567_deal_won',
      properties: [
        { name: 'deal_id', type: 'string' },
        { name: 'amount', type: 'currency_number' },
      ],
      customMatchingId: { primaryObjectRule: { eventPropertyName: 'Deal_ID' } },
    },
  ];
  const { stale, notes } = await pulled(optionsFor(createFakeHubSpot(), answering({ results })));
  const parsed = parseLock(JSON.parse(stale[0]?.text ?? ''));
  expect(parsed).toMatchObject({
    lock: {
      events: { deal_won: { matchedBy: 'deal_id', properties: { amount: { type: 'number' } } } },
    },
  });
  expect(notes).toEqual([]);
});

test('tells how many definitions have come, page by page, and how long it waits', async () => {
  const hubspot = createFakeHubSpot({ definitions: ['one', 'two', 'three'].map(named) });
  hubspot.fail({ status: 503, times: 1, match: definitionsCall });
  const told: number[] = [];
  const waited: number[] = [];
  await pulled(
    optionsFor(hubspot, {
      onPage: (count) => void told.push(count),
      onWait: (ms) => void waited.push(ms),
    }),
  );
  expect(told).toEqual([2, 3]);
  expect(waited).toEqual(waits);
  expect(waits).toHaveLength(1);
});
