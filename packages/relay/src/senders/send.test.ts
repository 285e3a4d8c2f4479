import { beforeAll, describe, expect, test } from 'vitest';
import { NOW, relayThat, SHOP, UTK, uuids } from '../../test/support/relay-that.ts';
import type { Acceptance } from '../accept/acceptor.ts';
import { mintRelayKey, parseRelayKeys, type RelayKey } from '../identity/relay-key.ts';
import { lockPolicy } from '../policy/lock-policy.ts';
import type { RelayOptions } from '../receive/relay-options.ts';

let secret: string;
let limitedSecret: string;
let keys: RelayKey[];
beforeAll(async () => {
  const all = await mintRelayKey('backend');
  const limited = await mintRelayKey('billing', ['invoice_paid']);
  secret = all.secret;
  limitedSecret = limited.secret;
  keys = [all.key, limited.key];
});

const signup = (fields: object = {}) => ({
  eventName: 'pe1234567_signup',
  email: 'jane@shop.example',
  properties: { plan: 'pro' },
  ...fields,
});

function sender(options: Partial<RelayOptions> = {}, acceptance?: Acceptance | Error) {
  const { app, accepted } = relayThat(acceptance, { relayKeys: keys, ...options });
  const call = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    accepted,
    send: (body: unknown, headers?: Record<string, string>) =>
      call('/events/v3/send', body, headers),
    sendBatch: (inputs: unknown, headers?: Record<string, string>) =>
      call('/events/v3/send/batch', { inputs }, headers),
    call,
  };
}

describe('a server with a key', () => {
  test('sends one event as it would to HubSpot', async () => {
    const { send, accepted } = sender();
    const answer = await send(signup({ occurredAt: '2025-11-24T00:00:00+01:00', uuid: uuids[0] }));
    expect(answer.status).toBe(204);
    expect(accepted).toEqual([
      {
        uuid: uuids[0],
        eventName: 'pe1234567_signup',
        email: 'jane@shop.example',
        properties: { plan: 'pro' },
        occurredAt: '2025-11-23T23:00:00.000Z',
      },
    ]);
  });

  test.each(['bearer', 'BEARER', 'Bearer  '])(
    'may write %s: the name of a scheme has no case',
    async (scheme) => {
      const { send } = sender();
      const headers = { authorization: `${scheme} ${secret}` };
      expect((await send(signup(), headers)).status).toBe(204);
    },
  );

  test('may write a uuid in capitals, which HubSpot gets as the same uuid every time', async () => {
    const { send, accepted } = sender();
    await send(signup({ uuid: uuids[0].toUpperCase() }));
    expect(accepted.map(({ uuid }) => uuid)).toEqual([uuids[0]]);
  });

  test('may leave out what HubSpot adds, write null, and write IDs and cookies loosely', async () => {
    const { send, accepted } = sender();
    const loose = { email: null, objectId: 151, utk: UTK.toUpperCase(), occurredAt: null };
    expect((await send(signup({ ...loose, properties: null, uuid: null }))).status).toBe(204);
    expect(accepted[0]).toMatchObject({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      occurredAt: new Date(NOW).toISOString(),
      objectId: '151',
      utk: UTK,
      properties: {},
    });
  });

  test('sends batches, in which the first of two with one uuid counts', async () => {
    const { sendBatch, accepted } = sender();
    const batch = [signup({ uuid: uuids[0] }), signup({ uuid: uuids[0], email: 'x@y.example' })];
    expect((await sendBatch([...batch, signup()])).status).toBe(204);
    expect(accepted.map(({ email }) => email)).toEqual(['jane@shop.example', 'jane@shop.example']);
  });

  test.each(['v3', '2026-03', '2026-09', 'custom/2025-09', 'custom/2026-03', 'custom/2026-09'])(
    'uses the paths of %s',
    async (version) => {
      const { call } = sender();
      expect((await call(`/events/${version}/send`, signup())).status).toBe(204);
      expect((await call(`/events/${version}/send/batch`, { inputs: [signup()] })).status).toBe(
        204,
      );
    },
  );

  test('may give two kinds of events one uuid, as at HubSpot', async () => {
    const { sendBatch, accepted } = sender();
    const trial = signup({ uuid: uuids[0], eventName: 'pe1234567_trial' });
    const answer = await sendBatch([signup({ uuid: uuids[0] }), trial, trial]);
    expect(answer.status).toBe(204);
    expect(accepted.map(({ eventName }) => eventName)).toEqual([
      'pe1234567_signup',
      'pe1234567_trial',
    ]);
  });

  test('gets no CORS header, and a page gets nothing', async () => {
    const { send, accepted } = sender();
    const plain = await send(signup());
    const fromPage = await send(signup(), { origin: SHOP });
    expect(fromPage.status).toBe(403);
    for (const { headers } of [plain, fromPage]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(accepted).toHaveLength(1);
  });

  test('may set what a page may not', async () => {
    const properties = { diagnosis: { type: 'string', sensitivity: 'sensitive' } } as const;
    const events = { signup: { fullyQualifiedName: 'pe1_signup', properties } };
    const policy = lockPolicy({ version: 1, hubId: '1', events });
    const { send, accepted } = sender({ policy });
    await send(signup({ eventName: 'signup', properties: { diagnosis: 'x', hs_city: 'Graz' } }));
    expect(accepted[0]?.properties).toEqual({ diagnosis: 'x', hs_city: 'Graz' });
  });
});

describe('keys', () => {
  test.each([
    ['no', ''],
    ['an unknown', 'Bearer hrk_nonsense'],
    ['a very long', `Bearer ${'x'.repeat(10_000)}`],
    ['a basic', 'Basic aHJrOg=='],
  ])('%s key is answered as HubSpot answers a bad token', async (_, authorization) => {
    const { send, accepted } = sender();
    const answer = await send(signup(), { authorization });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({
      status: 'error',
      category: 'INVALID_AUTHENTICATION',
      correlationId: expect.any(String),
      message: expect.stringContaining('hubrelay key'),
    });
    expect(accepted).toEqual([]);
  });

  test('may be limited to events', async () => {
    const { sendBatch, accepted } = sender();
    const headers = { authorization: `Bearer ${limitedSecret}` };
    const paid = signup({ eventName: 'pe1234567_invoice_paid' });
    expect((await sendBatch([paid], headers)).status).toBe(204);
    const answer = await sendBatch([paid, signup()], headers);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      category: 'FORBIDDEN',
      errors: [{ in: 'inputs[1]', message: 'the key "billing" may not send this event' }],
    });
    expect(accepted).toHaveLength(1);
  });

  test('are not kept, only their hashes', () => {
    expect(secret).toMatch(/^hrk_[\w-]{43}$/);
    expect(JSON.stringify(keys)).not.toContain(secret.slice(4));
  });

  test('who tries many is told to wait', async () => {
    const { send } = sender({
      peer: () => ({ address: '8.8.8.8' }),
      limits: { address: { take: async () => ({ ok: false, retryAfterMs: 7_000 }) } },
    });
    const answer = await send(signup(), { authorization: 'Bearer hrk_x' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await send(signup())).status).toBe(204);
  });

  test('without any there is nothing at the path', async () => {
    const { send } = sender({ relayKeys: [] });
    expect((await send(signup())).status).toBe(404);
  });
});

describe('what clients write', () => {
  const sent = async (fields: object) => {
    const { send, accepted } = sender();
    const answer = await send(signup(fields));
    expect(answer.status, await answer.text()).toBe(204);
    return { event: accepted[0], notes: answer.headers.get('x-hubrelay-notes') };
  };

  test('an empty field is an absent one', async () => {
    const empty = { utk: '', objectId: '', uuid: '', occurredAt: '' };
    const { event, notes } = await sent(empty);
    expect(event).toMatchObject({ email: 'jane@shop.example', uuid: expect.any(String) });
    expect(event).not.toHaveProperty('utk');
    expect(event).not.toHaveProperty('objectId');
    expect(event?.occurredAt).toBe(new Date(NOW).toISOString());
    expect(notes).toBeNull();
  });

  test('one empty address costs a batch nothing', async () => {
    const { sendBatch, accepted } = sender();
    const visitor = { ...signup({ email: '', utk: UTK }) };
    expect((await sendBatch([signup(), visitor])).status).toBe(204);
    expect(accepted[1]).toMatchObject({ utk: UTK });
    expect(accepted[1]).not.toHaveProperty('email');
  });

  test.each([{ email: 'jane@shop.example' }, { email: '', objectId: 151 }])(
    'a malformed utk beside %j is left out, and told',
    async (subject) => {
      const { event, notes } = await sent({ ...subject, utk: 'GA1.2.3' });
      expect(event).not.toHaveProperty('utk');
      expect(notes).toContain('utk');
    },
  );

  test('an empty list of PHP is an empty map', async () => {
    expect((await sent({ properties: [] })).event?.properties).toEqual({});
  });

  test.each([
    ['2025-11-24T15:00:00+0000', '2025-11-24T15:00:00.000Z'],
    ['2025-11-24T16:00:00.5+0100', '2025-11-24T15:00:00.500Z'],
    ['2025-11-24T15:00:00', '2025-11-24T15:00:00.000Z'],
    ['2025-11-24 15:00:00', '2025-11-24T15:00:00.000Z'],
    ['2025-11-24T15:00:00+00:00', '2025-11-24T15:00:00.000Z'],
    ['2025-11-24T15:00:00.123456Z', '2025-11-24T15:00:00.123Z'],
    [1_763_996_400, '2025-11-24T15:00:00.000Z'],
    ['1763996400', '2025-11-24T15:00:00.000Z'],
    [1_763_996_400_000, '2025-11-24T15:00:00.000Z'],
  ])('a time such as %s is read', async (occurredAt, expected) => {
    expect((await sent({ occurredAt })).event?.occurredAt).toBe(expected);
  });

  test('a time in the future is now, and told', async () => {
    const { event, notes } = await sent({ occurredAt: '2037-01-01T00:00:00Z' });
    expect(event?.occurredAt).toBe(new Date(NOW).toISOString());
    expect(notes).toContain('future');
  });

  test('names of properties go to HubSpot in lower case, and it is told', async () => {
    const { event, notes } = await sent({ properties: { Plan: 'pro', seats: 3 } });
    expect(event?.properties).toEqual({ plan: 'pro', seats: '3' });
    expect(notes).toBe('properties.Plan: was sent to HubSpot as "plan"');
  });

  test('another API of HubSpot is not here, and the answer says what to do', async () => {
    const answer = await sender().call('/crm/v3/objects/contacts', {});
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      status: 'error',
      message: expect.stringContaining('a client of their own'),
    });
  });
});

test('what is cut in an answer or a line of the log is clean before the cut', async () => {
  const lines: object[] = [];
  const warn = (fields: object) => void lines.push(fields);
  const { send } = sender({ log: { debug() {}, info() {}, warn, error() {} } });
  // The cuts are after 60 and after 200 characters, in the middle of the address.
  const name = `${'x'.repeat(55)} jane.doe@shop.example`;
  const answer = await send(signup({ properties: { [name]: 1 } }));
  await send(signup(), { origin: `https://${'x'.repeat(187)}/jane.doe@shop.example` });
  const told = (await answer.text()) + JSON.stringify(lines);
  expect(lines).toHaveLength(2);
  expect(told).not.toContain('jane');
});

test('every refusal is counted and logged', async () => {
  const counts: string[] = [];
  const lines: string[] = [];
  const write = (_fields: object, message: string) => void lines.push(message);
  const { send, call } = sender({
    tally: (what, why) => void counts.push(`${what} ${why}`),
    log: { debug: () => {}, info: write, warn: write, error: write },
  });
  await send(signup(), { origin: SHOP });
  await call('/events/v3/send', '{');
  await send(signup({ email: 'jane' }));
  await send(signup({ eventName: 'pe9_signup' }));
  await send(signup({ email: null }));
  await send(signup(), { authorization: `Bearer ${limitedSecret}` });
  await send(signup(), { authorization: 'Bearer hrk_unknown' });
  await call('/crm/v3/objects/contacts', {});
  expect(counts.filter((line) => !line.startsWith('event_received'))).toEqual([
    'request_refused from_page',
    'request_refused invalid_json',
    'request_refused invalid_batch',
    'event_rejected invalid_event_name',
    'event_rejected missing_identifier',
    'event_rejected forbidden_event',
    'key_refused unknown',
    'request_refused other_api',
  ]);
  expect(lines).toHaveLength(8);
});

describe('what cannot be sent', () => {
  test.each<[string, unknown, string]>([
    ['no object', [], ''],
    ['no name', signup({ eventName: undefined }), 'eventName'],
    ['a number for a name', signup({ eventName: 7 }), 'eventName'],
    ['a label for a name', signup({ eventName: 'Sign Up' }), 'eventName'],
    ['a name with a line break', signup({ eventName: 'a\n' }), 'eventName'],
    ['a name in another script', signup({ eventName: 'ünicode' }), 'eventName'],
    ['a picture for a name', signup({ eventName: '😀' }), 'eventName'],
    ['another account', signup({ eventName: 'pe9_signup' }), 'eventName'],
    ['without a person', signup({ email: undefined }), 'eventName'],
    ['no address', signup({ email: 'jane' }), 'email'],
    ['no visitor', signup({ utk: 'x', email: null }), 'utk'],
    ['no UUID', signup({ uuid: '1' }), 'uuid'],
    ['no moment', signup({ occurredAt: 'yesterday' }), 'occurredAt'],
    ['properties that are a list', signup({ properties: ['a'] }), 'properties'],
    ['a nested property', signup({ properties: { plan: { a: 1 } } }), 'properties.plan'],
    ['a property with a wrong name', signup({ properties: { 'Pl an': 1 } }), 'properties.Pl an'],
    [
      '51 properties',
      signup({
        properties: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`p${n}`, 1])),
      }),
      'properties',
    ],
  ])('%s is named as HubSpot names it, alone and in a batch', async (_, input, where) => {
    const { send, sendBatch, accepted } = sender();
    const answer = await send(input);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      status: 'error',
      category: 'VALIDATION_ERROR',
      errors: [{ in: where, message: expect.any(String) }],
    });
    const inBatch = await sendBatch([signup(), input]);
    expect(await inBatch.json()).toMatchObject({
      errors: [{ in: expect.stringContaining('inputs[1]') }],
    });
    expect(accepted).toEqual([]);
  });

  test.each<[string, unknown, number]>([
    ['no JSON', '{', 400],
    ['no batch', { inputs: {} }, 400],
    ['an empty batch', { inputs: [] }, 400],
    ['501 events', { inputs: Array.from({ length: 501 }, () => signup()) }, 400],
    ['too much', 'x'.repeat(2_000), 413],
  ])('%s', async (_, body, status) => {
    const { call } = sender(status === 413 ? { maxSenderBodyBytes: 1_000 } : {});
    const answer = await call('/events/v3/send/batch', body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ status: 'error', category: 'VALIDATION_ERROR' });
  });

  test('a trouble of ours is a 503 with Retry-After, which SDKs repeat', async () => {
    const { send } = sender({}, new Error('disk full'));
    const answer = await send(signup());
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });

  test('what HubSpot refused is told in its words, and what it took', async () => {
    const error = { message: 'no such event', category: 'NOT_FOUND' };
    const { sendBatch } = sender(
      {},
      {
        kind: 'sent',
        refused: [{ event: { uuid: uuids[0], eventName: 'pe1234567_signup' }, error }],
      },
    );
    const answer = await sendBatch([signup({ uuid: uuids[0] }), signup()]);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      category: 'NOT_FOUND',
      message: 'no such event HubSpot took the other 1: do not send those again.',
      errors: [{ in: uuids[0], message: 'no such event' }],
    });
  });
});

test.each([
  ['hrk_x', /^it is not JSON$/],
  ['[]', /^keys must be a list/],
  ['"hrk_x"', /^it must be an object/],
  ['{}', /^keys is missing$/],
  ['{"keys":["hrk_x"]}', /^keys\.0 must be an object/],
  ['{"keys":[],"key":"hrk_x"}', /^key is not known here/],
  ['{"keys":[{"name":"a b","sha256":""}]}', /name/],
  ['{"keys":[{"name":"a","sha256":"hrk_x"}]}', /64 hex/],
  [
    `{"keys":[{"name":"a","sha256":"${'0'.repeat(64)}"},{"name":"a","sha256":"${'1'.repeat(64)}"}]}`,
    /same name/,
  ],
])('a file of keys such as %s is refused with a reason', (text, reason) => {
  const parsed = parseRelayKeys(text);
  expect(parsed).toEqual({ ok: false, problem: expect.stringMatching(reason) });
  expect(JSON.stringify(parsed)).not.toMatch(/hrk_|Invalid|Expected/);
});
