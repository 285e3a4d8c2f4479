import { isUuid } from '@hubrelay/protocol';
import { describe, expect, test } from 'vitest';
import { batch, event, NOW, relayThat, UTK, uuids } from '../../test/support/relay-that.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { ChallengeVerdict } from '../challenge/challenge.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import type { Limiter } from '../limit/limiter.ts';
import { silentLogger } from '../observe/log.ts';
import type { RejectedEvent } from '../outbox/outbox.ts';
import { lockPolicy } from '../policy/lock-policy.ts';
import type { RelayOptions } from './relay-options.ts';
import type { Counted, Tally } from './tally.ts';

const visitorless = (...events: unknown[]) => ({ sentAt: NOW, events });

function counting(options: Partial<RelayOptions>) {
  const counts: [Counted, string][] = [];
  const tally: Tally = (what, why) => {
    if (what !== 'event_received' && what !== 'event_accepted') counts.push([what, why]);
  };
  const relay = relayThat(undefined, {
    ...options,
    tally,
  });
  return { ...relay, counts };
}

test.each([
  ['no JSON', 'nonsense', {}, 'invalid_json'],
  ['no batch', '{"events": 5}', {}, 'invalid_batch'],
  ['another type', '{}', { 'content-type': 'text/html' }, 'unsupported_media_type'],
  ['more than there may be', 'x'.repeat(70_000), {}, 'body_too_large'],
])(
  'a body that is %s is counted and logged, though nothing of it is taken',
  async (_, body, headers, code) => {
    const lines: unknown[] = [];
    const warn = (fields: object, message: string) => lines.push({ ...fields, message });
    const { post, counts } = counting({ log: { ...silentLogger, warn } });
    await post(body, headers);
    expect(counts).toEqual([['request_refused', code]]);
    expect(lines).toMatchObject([
      { from: 'https://shop.example', code, message: 'refused a request' },
    ]);
  },
);

describe('identity', () => {
  const jane = { email: 'jane@shop.example', objectId: '151' };
  const verify: IdentityVerifier['verify'] = async (jwt) => {
    if (jwt === 'good') return { ok: true, ...jane };
    return { ok: false, reason: jwt === 'down' ? 'keys_unavailable' : 'expired' };
  };
  const identity = { verify };

  test('that is verified goes to HubSpot beside the visitor', async () => {
    const { post, accepted } = counting({ identity });
    await post({ ...batch(event()), identity: 'good' });
    expect(accepted[0]).toMatchObject({ ...jane, utk: UTK });
  });

  test('that is verified stands in for a visitor', async () => {
    const { post, accepted } = counting({ identity });
    expect((await post({ ...visitorless(event()), identity: 'good' })).status).toBe(202);
    expect(accepted[0]).toMatchObject(jane);
    expect(accepted[0]).not.toHaveProperty('utk');
  });

  test.each([
    ['stale', 'expired', identity],
    ['down', 'keys_unavailable', identity],
    ['good', 'not_configured', undefined],
  ])('%s, %s: the event goes on as the visitor’s, and it is counted', async (jwt, why, given) => {
    const { post, accepted, counts } = counting(given ? { identity: given } : {});
    expect((await post({ ...batch(event()), identity: jwt })).status).toBe(202);
    expect(accepted[0]).toMatchObject({ utk: UTK });
    expect(accepted[0]).not.toHaveProperty('email');
    expect(counts).toEqual([['identity_failed', why]]);
  });

  test('that cannot be checked now makes a page without visitor come back', async () => {
    const { post, accepted } = counting({ identity });
    const answer = await post({ ...visitorless(event()), identity: 'down' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('30');
    expect(accepted).toEqual([]);
  });

  test('that is required must be there and be verified', async () => {
    const { post, accepted, counts } = counting({ identity, requireIdentity: true });
    expect((await post(batch(event()))).status).toBe(401);
    // The page keeps its events until it has a fresh one.
    const answer = await post({ ...batch(event()), identity: 'stale' });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({
      code: 'identity_expired',
      detail: expect.stringContaining('fresh'),
    });
    expect((await post({ ...batch(event()), identity: 'down' })).status).toBe(503);
    expect(accepted).toEqual([]);
    expect((await post({ ...batch(event()), identity: 'good' })).status).toBe(202);
    const refusals = counts.filter(
      ([what]) => what !== 'event_received' && what !== 'event_accepted',
    );
    expect(refusals).toEqual([
      ['identity_failed', 'missing'],
      ['event_rejected', 'identity_refused'],
      ['identity_failed', 'expired'],
      ['event_rejected', 'identity_refused'],
      ['identity_failed', 'keys_unavailable'],
      ['event_rejected', 'identity_refused'],
    ]);
  });

  test('cannot be required of a relay that has no keys', () => {
    expect(() => counting({ requireIdentity: true })).toThrow('requireIdentity');
  });
});

describe('rate limits', () => {
  const spent: Limiter = { take: async () => ({ ok: false, retryAfterMs: 2_500 }) };
  const broken: Limiter = { take: () => Promise.reject(new Error('database gone')) };
  const peer = () => ({ address: '203.0.113.7' });

  test.each([
    ['address', { limits: { address: spent }, peer }],
    ['visitor', { limits: { visitor: spent } }],
  ])(
    'an %s over its limit is told when to come back, and the page may read it',
    async (scope, o) => {
      const { post, accepted, counts } = counting(o);
      const answer = await post(batch(event()));
      expect(answer.status).toBe(429);
      expect(await answer.json()).toMatchObject({ code: 'rate_limited' });
      expect(answer.headers.get('retry-after')).toBe('3');
      expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After');
      expect(answer.headers.has('access-control-allow-origin')).toBe(true);
      expect(counts).toEqual([['rate_limited', scope]]);
      expect(accepted).toEqual([]);
    },
  );

  test('an address pays one point a request, a visitor one an event', async () => {
    const taken: [string, number][] = [];
    const limiter: Limiter = {
      async take(key, points) {
        taken.push([key, points]);
        return { ok: true };
      },
    };
    const { post } = counting({ limits: { address: limiter, visitor: limiter }, peer });
    await post(batch(event(), event({ uuid: uuids[1] })));
    expect(taken).toEqual([
      ['address:203.0.113.7', 1],
      [`visitor:${UTK}`, 2],
    ]);
  });

  test.each(['10.0.0.1', '127.0.0.1', '::1', 'fe80::1', 'nonsense', undefined])(
    'an address that many clients share (%s) is not limited',
    async (address) => {
      const { post } = counting({
        limits: { address: spent },
        peer: () => (address ? { address } : {}),
      });
      expect((await post(batch(event()))).status).toBe(202);
    },
  );

  test('an address over its limit cannot fill the log, whatever it says it is', async () => {
    const lines: string[] = [];
    const write = (_: unknown, message: string) => lines.push(message);
    const log = { debug() {}, info: write, warn: write, error: write };
    const { post } = counting({ limits: { address: spent }, peer, log, refuseBots: true });
    const evil = await post(batch(event()), { origin: 'https://evil.example' });
    expect(evil.status).toBe(429);
    // Any page may read it, without cookies: it is a fixed text.
    expect(evil.headers.get('access-control-allow-origin')).toBe('*');
    expect(evil.headers.has('access-control-allow-credentials')).toBe(false);
    for (let time = 0; time < 20; time += 1) {
      expect((await post('nonsense', { 'user-agent': 'curl/8' })).status).toBe(429);
    }
    expect(lines).toEqual(['refused requests over a rate limit']);
  });

  test('no header moves a client to another address', async () => {
    const { post } = counting({ limits: { address: spent }, peer });
    const headers = { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '10.0.0.1' };
    expect((await post(batch(event()), headers)).status).toBe(429);
  });

  test('a limiter that fails lets events through', async () => {
    const { post, accepted, counts } = counting({ limits: { visitor: broken } });
    expect((await post(batch(event()))).status).toBe(202);
    expect(accepted).toHaveLength(1);
    expect(counts).toEqual([['limiter_failed', 'visitor']]);
  });

  test('a limiter that hangs lets events through', async () => {
    const clock = createVirtualClock(NOW);
    const hanging: Limiter = { take: () => new Promise(() => {}) };
    const { post } = counting({ limits: { visitor: hanging }, clock });
    const answer = post(batch(event()));
    await clock.runUntil(async () => (await Promise.race([answer, undefined])) !== undefined);
    expect((await answer).status).toBe(202);
  });
});

describe('a policy', () => {
  const signup = { fullyQualifiedName: 'pe1234567_signup', properties: {} };
  const lock = { version: 1, hubId: '1234567', events: { signup } } as const;

  test('that leaves properties out counts them', async () => {
    const { post, accepted, counts } = counting({ policy: lockPolicy(lock) });
    expect((await post(batch(event()))).status).toBe(202);
    expect(accepted[0]?.properties).toEqual({});
    expect(counts).toEqual([['property_dropped', 'unknown']]);
  });

  test('that is strict keeps for a replay only what a page may send at all', async () => {
    const properties = {
      plan: { type: 'string' },
      diagnosis: { type: 'string', sensitivity: 'sensitive' },
      customer: { type: 'string' },
    } as const;
    const won = { ...signup, matchedBy: 'customer', properties };
    const policy = lockPolicy({ ...lock, events: { signup: won } }, { strict: true });
    const kept: RejectedEvent[] = [];
    const { post } = counting({ policy, keepRejected: (events) => void kept.push(...events) });
    const claims = { diagnosis: 'x', customer: '7', plan: 'pro' };
    await post(batch(event({ properties: { unheard_of: 'x', ...claims } })));
    await post(batch(event({ eventName: 'unheard_of', properties: claims })));
    expect(kept.map(({ event: { properties } }) => properties)).toEqual([
      { unheard_of: 'x', plan: 'pro' },
      { plan: 'pro' },
    ]);
  });

  test('whose refusals are kept: the answer waits until they are', async () => {
    let isKept = false;
    const keepRejected = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      isKept = true;
    };
    const { post } = counting({ policy: lockPolicy(lock), keepRejected });
    await post(batch(event({ eventName: 'unheard_of' })));
    expect(isKept).toBe(true);
  });

  test('keeps no refused event without a visitor', async () => {
    const kept: RejectedEvent[] = [];
    const keepRejected = (events: readonly RejectedEvent[]) => void kept.push(...events);
    const { post } = counting({ policy: lockPolicy(lock), keepRejected });
    await post(visitorless(event({ eventName: 'unheard_of' })));
    expect(kept).toEqual([]);
    await post(batch(event({ eventName: 'unheard_of' })));
    expect(kept).toHaveLength(1);
  });

  test('that fails lets nothing through', async () => {
    const apply = () => {
      throw new Error('policy broken');
    };
    const { post, accepted } = counting({ policy: { apply } });
    const answer = await post(batch(event()));
    expect(answer.status).toBe(503);
    expect(answer.headers.has('access-control-allow-origin')).toBe(true);
    expect(accepted).toEqual([]);
  });

  test('that knows the record by a property lets no page name one with it', async () => {
    const won = { ...signup, matchedBy: 'plan', properties: { plan: { type: 'string' } } } as const;
    const policy = lockPolicy({ ...lock, events: { signup: won } });
    const { post, accepted, counts } = counting({ policy });
    const ownerless = await post(visitorless(event()));
    expect(await ownerless.json()).toMatchObject({ rejected: [{ code: 'missing_visitor' }] });
    await post(batch(event()));
    expect(accepted).toMatchObject([{ utk: UTK, properties: {} }]);
    expect(counts).toContainEqual(['property_dropped', 'names_record']);
  });
});

describe('what the request itself tells', () => {
  const peer = () => ({ place: { city: 'Graz', region: 'Styria', country: 'AT' } });
  const headers = { 'user-agent': 'Mozilla/5.0 '.padEnd(300, 'x') };
  const claims = { hs_country: 'Mars', hs_user_agent: 'curl' };

  test('is not added unasked, and a page cannot claim it', async () => {
    const { post, accepted } = counting({ peer });
    await post(batch(event({ properties: claims })), headers);
    expect(accepted[0]?.properties).toEqual({});
  });

  test('is added where asked for, within HubSpot’s limits', async () => {
    const { post, accepted } = counting({ peer, enrich: ['place', 'user_agent'] });
    await post(batch(event({ properties: claims })), headers);
    expect(accepted[0]?.properties).toEqual({
      hs_city: 'Graz',
      hs_region: 'Styria',
      hs_country: 'AT',
      hs_user_agent: headers['user-agent'].slice(0, 256),
    });
  });
});

describe('a challenge', () => {
  const asked: unknown[] = [];
  const relayWhose = (verdict: ChallengeVerdict) =>
    counting({
      challenge: {
        events: ['signup'],
        verify: async (answer) => {
          asked.push(answer);
          return verdict;
        },
      },
    });
  const other = event({ uuid: uuids[1], eventName: 'page_seen' });

  test('that is passed lets the events through', async () => {
    const { post } = relayWhose('passed');
    expect((await post({ ...batch(other, event()), challenge: 'token' })).status).toBe(202);
    expect(asked.at(-1)).toMatchObject({ token: 'token', idempotencyKey: expect.any(String) });
  });

  test('is one check for the same events again, and another for any other', async () => {
    const keyFor = async (...events: unknown[]) => {
      await relayWhose('passed').post({ ...batch(...events), challenge: 'token' });
      return (asked.at(-1) as { idempotencyKey: string }).idempotencyKey;
    };
    const second = event({ uuid: uuids[2] });
    const key = await keyFor(event(), second);
    expect(isUuid(key)).toBe(true);
    expect(await keyFor(second, other, event())).toBe(key);
    expect(await keyFor(event())).not.toBe(key);
    expect(await keyFor(event(), event({ uuid: uuids[1] }))).not.toBe(key);
  });

  test('that is no answer of a widget is not carried to the service', async () => {
    const before = asked.length;
    const long = { ...batch(event()), challenge: 'x'.repeat(10_000) };
    const answer = await relayWhose('passed').post(long);
    expect(await answer.json()).toMatchObject({ rejected: [{ code: 'challenge_failed' }] });
    expect(asked).toHaveLength(before);
  });

  test.each(['signup', 'pe1234567_signup'])('that fails stops %s alone', async (eventName) => {
    const { post, accepted } = relayWhose('failed');
    const answer = await post({ ...batch(other, event({ eventName })), challenge: 'token' });
    expect(await answer.json()).toMatchObject({
      accepted: 1,
      rejected: [{ uuid: uuids[0], index: 1, code: 'challenge_failed' }],
    });
    expect(accepted.map(({ uuid }) => uuid)).toEqual([uuids[1]]);
  });

  test('that was not answered fails without asking', async () => {
    const before = asked.length;
    const answer = await relayWhose('passed').post(batch(event()));
    expect(await answer.json()).toMatchObject({ rejected: [{ code: 'challenge_failed' }] });
    expect(asked).toHaveLength(before);
  });

  test.each([
    ['passed', 1],
    ['failed', 0],
  ] as const)(
    'that is %s: of an event that the policy refuses, too, %i are kept for a replay',
    async (verdict, count) => {
      const signup = { fullyQualifiedName: 'pe1234567_signup', properties: {} };
      const lock = { version: 1, hubId: '1234567', events: { signup } } as const;
      const kept: RejectedEvent[] = [];
      const { post } = counting({
        policy: lockPolicy(lock, { strict: true }),
        keepRejected: (events) => void kept.push(...events),
        challenge: { events: ['signup'], verify: async () => verdict },
      });
      const answer = await post({ ...batch(event()), challenge: 'token' });
      const code = verdict === 'passed' ? 'unknown_property' : 'challenge_failed';
      expect(await answer.json()).toMatchObject({ accepted: 0, rejected: [{ code }] });
      expect(kept).toHaveLength(count);
    },
  );

  test('that cannot be checked makes the page come back', async () => {
    const { post } = relayWhose('unavailable');
    expect((await post({ ...batch(event()), challenge: 'token' })).status).toBe(503);
  });

  test('that is down does not hold back other events', async () => {
    const { post } = relayWhose('unavailable');
    expect((await post(batch(other))).status).toBe(202);
  });
});

test('a refusal that any client can cause is logged with its reason', async () => {
  const lines: unknown[] = [];
  const warn = ({ reason }: { reason?: unknown }) => void lines.push(reason);
  const log = { ...silentLogger, warn };
  const full: Limiter = { take: async () => ({ ok: false, retryAfterMs: 1 }) };
  await counting({ log, refuseBots: true }).post(batch(event()), { 'user-agent': 'Googlebot/2.1' });
  await counting({ log, limits: { visitor: full } }).post(batch(event()));
  const challenge = { events: ['signup'], verify: async () => 'unavailable' as const };
  await counting({ log, challenge }).post({ ...batch(event()), challenge: 'token' });
  expect(lines).toEqual(['user_agent', 'visitor', 'challenge_unavailable']);
});

test('events that are not taken because the acceptor breaks are counted', async () => {
  const counts: unknown[] = [];
  const tally: Tally = (...counted) => void counts.push(counted);
  await relayThat(new Error('broken'), { tally }).post(batch(event()));
  expect(counts).toContainEqual(['event_rejected', 'outbox_unavailable', 1]);
});

describe('bots', () => {
  const headers = { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' };

  test('are let in unless the owner says otherwise', async () => {
    expect((await counting({}).post(batch(event()), headers)).status).toBe(202);
    const answer = await counting({ refuseBots: true }).post(batch(event()), headers);
    expect(await answer.json()).toMatchObject({ status: 403, code: 'bot_refused' });
  });

  test('are not people', async () => {
    const person = {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    };
    expect((await counting({ refuseBots: true }).post(batch(event()), person)).status).toBe(202);
  });
});

test('a rejection says where the event stood in the request, after broken ones too', async () => {
  const { post } = counting({});
  const answer = await post(batch({}, {}, event({ eventName: 'pe9_other' })));
  const { rejected } = (await answer.json()) as { rejected: { index: number }[] };
  expect(rejected.map(({ index }) => index)).toEqual([0, 1, 2]);
});

describe('deep JSON', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  test('is refused before it is parsed', async () => {
    const answer = await counting({}).post(nested(30_000));
    expect(await answer.json()).toMatchObject({
      code: 'invalid_json',
      detail: expect.stringContaining('32 levels'),
    });
  });

  test('is not seen in brackets of a text', async () => {
    const properties = { note: `\\"${'[{'.repeat(50)}` };
    expect((await counting({}).post(batch(event({ properties })))).status).toBe(202);
  });
});

test('what is left out of an event is told in a header, without values', async () => {
  const { post } = relayThat({ kind: 'stored' });
  const properties = { plan: 'pro', hs_city: 'Graz', 'Not A Name': 'secret' };
  const answer = await post(batch(event({ properties })));
  expect(answer.status).toBe(202);
  expect(answer.headers.get('access-control-expose-headers')).toContain('X-HubRelay-Notes');
  const notes = answer.headers.get('x-hubrelay-notes');
  expect(notes).toContain('properties.hs_city: left out: set_by_relay');
  expect(notes).toContain('properties.Not A Name');
  expect(notes).not.toMatch(/Graz|secret/);
  expect((await post(batch(event()))).headers.has('x-hubrelay-notes')).toBe(false);
});

test('what comes in and what becomes of it is counted', async () => {
  const counts: Record<string, number> = {};
  const { post } = relayThat(
    {
      kind: 'sent',
      refused: [{ event: { uuid: uuids[1], eventName: 'pe1234567_signup' }, error: {} }],
    },
    {
      tally: (what, why, count) => {
        counts[`${what} ${why}`] = (counts[`${what} ${why}`] ?? 0) + count;
      },
    },
  );
  await post(batch({}, event(), event({ uuid: uuids[1] }), event({ uuid: uuids[2] })));
  expect(counts).toEqual({
    'event_received page': 4,
    'event_rejected invalid_event': 1,
    'event_accepted sent': 2,
    'event_rejected refused_by_hubspot': 1,
  });
});
