import { describe, expect, test } from 'vitest';
import { connect } from '../../test/support/connect.ts';
import { delivering } from '../../test/support/deliver.ts';
import { event, events } from '../../test/support/events.ts';
import { sleep } from '../core/clock.ts';
import { createHubSpotClient } from '../hubspot/client.ts';
import { accessToken } from '../hubspot/credential.ts';
import { type ClaimRequest, OutboxUnavailableError } from '../outbox/outbox.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('events', () => {
  test('leave within the linger when the deliverer is woken', async () => {
    const { deliverer, clock, accept, hubspot } = delivering({ deliverer: { lingerMs: 100 } });
    deliverer.start();
    await clock.advance(5 * SECOND);
    await accept(events(1));
    await clock.advance(100);
    expect(hubspot.count().events).toBe(1);
  });

  test('that come together go together', async () => {
    const { deliverer, clock, accept, hubspot } = delivering();
    deliverer.start();
    await clock.advance(5 * SECOND);
    for (const one of events(300)) {
      await accept([one]);
      await clock.advance(1);
    }
    await clock.advance(SECOND);
    expect(hubspot.count().events).toBe(300);
    expect(hubspot.count().requests).toBeLessThanOrEqual(4);
  });

  test('of a backlog go in batches of 500 without waiting', async () => {
    const { deliverer, clock, accept, hubspot, outbox } = delivering();
    await accept(events(1750));
    const startedAt = clock.now();
    deliverer.start();
    await clock.runUntil(async () => (await outbox.stats()).pending === 0);
    expect(clock.now() - startedAt).toBeLessThanOrEqual(100);
    expect(hubspot.requests().map(({ events }) => events)).toEqual([500, 500, 500, 250]);
  });

  test('of another process are found without being woken', async () => {
    const { deliverer, clock, outbox, hubspot } = delivering({ deliverer: { pollMs: SECOND } });
    deliverer.start();
    await clock.advance(10 * SECOND);
    await outbox.enqueue(events(2));
    await clock.advance(SECOND + 100);
    expect(hubspot.count().events).toBe(2);
  });

  test('too large for one call go in several', async () => {
    const { deliverer, accept, hubspot, untilSettled } = delivering({
      deliverer: { maxBatchBytes: 100_000 },
    });
    const text = 'x'.repeat(250);
    const properties = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`p${i}`, text]));
    hubspot.change({ undefinedProperty: 'accept' });
    await accept(events(50).map((one) => ({ ...one, properties })));
    deliverer.start();
    await untilSettled();
    expect(Math.max(...hubspot.requests().map(({ body }) => body.length))).toBeLessThan(110_000);
    expect(hubspot.count().events).toBe(50);
  });
});

describe('a refused event', () => {
  test('is a dead letter with what HubSpot said, and the others are delivered', async () => {
    const { deliverer, accept, hubspot, outbox, untilSettled } = delivering();
    hubspot.fail({ poison: event(77).uuid });
    await accept(events(200));
    deliverer.start();
    await untilSettled();
    const { items } = await outbox.listDead({ limit: 10 });
    expect(items).toMatchObject([
      {
        event: event(77),
        reason: 'refused_by_hubspot',
        error: { status: 400, category: 'VALIDATION_ERROR', correlationId: expect.any(String) },
      },
    ]);
    expect(hubspot.count().events).toBe(199);
    expect(hubspot.count().requests).toBeLessThanOrEqual(1 + 2 * 8);
  });
});

describe('a refusal whose words were cut off', () => {
  test.each([204, 400, 409] as const)(
    'makes no dead letter of a good event (duplicates: %i)',
    async (duplicateUuid) => {
      const { deliverer, accept, hubspot, outbox, untilSettled } = delivering({
        hubspot: { duplicateUuid },
      });
      hubspot.fail({ kind: 'drop-reply', times: 1 });
      hubspot.fail({ status: 400, kind: 'truncate', times: 9 });
      await accept(events(4));
      deliverer.start();
      await untilSettled(HOUR);
      expect(await outbox.stats()).toMatchObject({ delivered: 4, dead: 0 });
    },
  );
});

describe('a passing fault', () => {
  test('is retried with backoff until it passes', async () => {
    const { deliverer, accept, hubspot, untilSettled } = delivering();
    hubspot.fail({ status: 503, times: 3 });
    await accept(events(10));
    deliverer.start();
    await untilSettled(MINUTE);
    expect(hubspot.count()).toMatchObject({ events: 10, duplicates: 0 });
    // Once together, once each alone, and two of these again.
    expect(hubspot.count().requests).toBe(1 + 10 + 2);
  });

  test('is not asked about before HubSpot wants', async () => {
    const { deliverer, clock, accept, hubspot, untilSettled } = delivering();
    hubspot.fail({ status: 429, retryAfter: 90, times: 1 });
    await accept(events(1));
    deliverer.start();
    await clock.advance(89 * SECOND);
    expect(hubspot.count().requests).toBe(1);
    await untilSettled(MINUTE);
    expect(hubspot.count().events).toBe(1);
  });

  test('does not become a flood of calls', async () => {
    const { deliverer, clock, accept, hubspot, untilSettled } = delivering();
    const undo = hubspot.fail({ status: 500 });
    await accept(events(5000));
    deliverer.start();
    await clock.advance(HOUR);
    // One probe a minute, once the breaker is open.
    expect(hubspot.count().requests).toBeLessThan(90);
    undo();
    await untilSettled(10 * MINUTE);
    expect(hubspot.count().events).toBe(5000);
  });

  test('that one event causes does not keep the others', async () => {
    const { deliverer, clock, accept, hubspot, outbox } = delivering({
      deliverer: { random: Math.random },
    });
    hubspot.fail({ poison: event(40).uuid, status: 500 });
    await accept(events(100));
    deliverer.start();
    await clock.runUntil(async () => (await outbox.stats()).pending === 1, HOUR);
    expect(hubspot.count().events).toBe(99);
  });

  test('that a firewall before HubSpot makes of one event does not keep the others', async () => {
    const { deliverer, clock, accept, hubspot, outbox } = delivering({
      deliverer: { random: Math.random },
    });
    const { uuid } = event(40);
    const body = '<html><title>Attention Required!</title>Sorry, you have been blocked</html>';
    hubspot.fail({ status: 403, body, match: (call) => call.body.includes(uuid) });
    await accept(events(100));
    deliverer.start();
    await clock.runUntil(async () => (await outbox.stats()).pending === 1, HOUR);
    expect(hubspot.count().events).toBe(99);
    await clock.advance(49 * HOUR);
    const { items } = await outbox.listDead({ limit: 10 });
    expect(items).toMatchObject([{ event: { uuid }, reason: 'expired', error: { status: 403 } }]);
  });

  test.each([204, 400, 409] as const)(
    'that swallowed the answer delivers nothing twice (duplicates are answered %i)',
    async (duplicateUuid) => {
      const { deliverer, accept, hubspot, outbox, untilSettled } = delivering({
        hubspot: { duplicateUuid },
      });
      hubspot.fail({ kind: 'drop-reply', times: 1 });
      await accept(events(20));
      deliverer.start();
      await untilSettled(MINUTE);
      expect(hubspot.received().map(({ uuid }) => uuid)).toEqual(
        events(20).map(({ uuid }) => uuid),
      );
      expect(await outbox.stats()).toMatchObject({ delivered: 20, dead: 0 });
    },
  );
});

describe('the number of calls at once', () => {
  test('grows while HubSpot is quick, and is halved by a rate limit', async () => {
    const { deliverer, accept, hubspot, untilSettled } = delivering();
    hubspot.fail({ latencyMs: 100 });
    await accept(events(20_000));
    const before = deliverer.status({}).maxCalls;
    deliverer.start();
    await untilSettled();
    await accept(events(30_000).slice(20_000));
    await untilSettled();
    const grown = deliverer.status({}).maxCalls;
    expect(grown).toBeGreaterThan(before);
    hubspot.fail({ status: 429, times: 1 });
    await accept([event(30_001)]);
    await untilSettled();
    expect(deliverer.status({}).maxCalls).toBe(Math.max(before, Math.ceil(grown / 2)));
  });
});

describe('the lane', () => {
  test('pauses on 401: nothing dies, no attempt counts, probes back off, and a good token ends it', async () => {
    const connected = connect({ accessTokens: ['rotated'] });
    const { deliverer, clock, accept, hubspot, outbox, lines } = delivering({ connected });
    await accept(events(1200));
    deliverer.start();
    await clock.advance(SECOND);
    expect(deliverer.status({}).lane).toMatchObject({
      state: 'paused',
      cause: 'unauthorized',
      error: { status: 401, category: 'EXPIRED_AUTHENTICATION' },
    });
    const atFirst = hubspot.count().requests;
    await clock.advance(HOUR);
    expect(hubspot.count().requests).toBeLessThanOrEqual(60);
    await clock.advance(23 * HOUR);
    const probes = hubspot.requests().slice(atFirst);
    // The first few took apart what had failed together.
    expect(probes.slice(16).every(({ path }) => path === '/events/v3/send')).toBe(true);
    expect(probes.length).toBeGreaterThan(24 * 3);
    expect(probes.length).toBeLessThan(24 * 4 * 1.1 + 40);
    expect(await outbox.stats()).toMatchObject({ pending: 1200, dead: 0 });
    const request = { maxEvents: 1200, maxBytes: 1e9, leaseMs: 0 };
    const claims = [
      ...(await outbox.claim(request)),
      ...(await outbox.claim({ ...request, from: 'suspects' })),
    ];
    expect(claims.filter(({ attempts }) => attempts > 0)).toEqual([]);
    expect(lines.filter(({ level }) => level === 'error').length).toBeGreaterThan(0);
  });

  test.each([
    [403, 'forbidden'],
    [307, 'redirect'],
  ])('pauses on %i', async (status, cause) => {
    const { deliverer, clock, accept, hubspot, untilSettled } = delivering();
    const undo = hubspot.fail({ status });
    await accept(events(3));
    deliverer.start();
    await clock.advance(SECOND);
    expect(deliverer.status({}).lane).toMatchObject({ state: 'paused', cause });
    undo();
    await untilSettled(MINUTE);
    expect(deliverer.status({}).lane).toEqual({ state: 'open' });
    expect(hubspot.count().events).toBe(3);
  });

  test('looks at a migration every hour, however long HubSpot says that it takes', async () => {
    const { deliverer, clock, accept, hubspot, untilSettled } = delivering();
    const undo = hubspot.fail({ status: 477, retryAfter: 24 * 3600 });
    await accept(events(3));
    deliverer.start();
    await clock.advance(MINUTE);
    const { requests } = hubspot.count();
    expect(deliverer.status({}).lane).toMatchObject({ cause: 'migration' });
    await clock.advance(HOUR - 2 * MINUTE);
    expect(hubspot.count().requests).toBe(requests);
    undo();
    await untilSettled(HOUR);
    expect(hubspot.count().events).toBe(3);
  });

  test('can be resumed by hand before the next probe', async () => {
    const { deliverer, clock, accept, hubspot } = delivering();
    hubspot.fail({ status: 477, retryAfter: 6 * 3600, times: 1 });
    await accept(events(3));
    deliverer.start();
    await clock.advance(MINUTE);
    await deliverer.resume();
    await clock.advance(SECOND);
    expect(hubspot.count().events).toBe(3);
  });

  test('can be paused and resumed by hand', async () => {
    const { deliverer, clock, accept, hubspot, outbox } = delivering();
    deliverer.start();
    await deliverer.pause();
    const pausedAt = clock.now();
    await accept(events(3));
    await clock.advance(HOUR + 30 * SECOND);
    expect(hubspot.count().requests).toBe(0);
    expect(deliverer.status(await outbox.stats()).lane).toMatchObject({
      state: 'paused',
      cause: 'operator',
      since: pausedAt,
    });
    await deliverer.resume();
    await clock.advance(SECOND);
    expect(hubspot.count().events).toBe(3);
    expect(deliverer.status(await outbox.stats()).lane).toEqual({ state: 'open' });
  });
});

describe('the horizon', () => {
  test('makes a dead letter of what could not be delivered in 48 hours', async () => {
    const { deliverer, clock, accept, hubspot, outbox, untilSettled } = delivering();
    const undo = hubspot.fail({ status: 503 });
    await accept(events(5));
    deliverer.start();
    await clock.advance(48 * HOUR + 2 * MINUTE);
    const { items } = await outbox.listDead({ limit: 10 });
    expect(items.map(({ reason, error }) => [reason, error.status])).toEqual(
      Array(5).fill(['expired', 503]),
    );
    undo();
    await outbox.replay({ reason: 'expired' });
    await untilSettled(10 * MINUTE);
    expect(hubspot.count().events).toBe(5);
  });
});

describe('stopping', () => {
  test('delivers what is due first', async () => {
    const { deliverer, accept, hubspot, outbox } = delivering();
    deliverer.start();
    await accept(events(1200));
    expect(await deliverer.stop({ drainMs: 10 * SECOND })).toEqual({ released: 0 });
    expect(hubspot.count().events).toBe(1200);
    expect(await outbox.stats()).toMatchObject({ pending: 0, delivered: 1200 });
  });

  test('gives back in time what HubSpot does not answer', async () => {
    const { deliverer, clock, accept, hubspot, outbox } = delivering();
    hubspot.fail({ kind: 'hang' });
    await accept(events(3));
    deliverer.start();
    await clock.advance(SECOND);
    const stopped = deliverer.stop({ drainMs: 2 * SECOND });
    await clock.advance(2 * SECOND);
    expect(await stopped).toEqual({ released: 3 });
    expect(await outbox.stats()).toMatchObject({ pending: 3, claimed: 0 });
  });

  test('in the middle of a bisection begins no further call', async () => {
    const { deliverer, clock, accept, hubspot } = delivering();
    hubspot.fail({ latencyMs: SECOND });
    hubspot.fail({ poison: event(99).uuid });
    await accept(events(100));
    deliverer.start();
    await clock.advance(SECOND);
    const stopped = deliverer.stop({ drainMs: 2 * SECOND });
    await clock.advance(2 * SECOND);
    expect((await stopped).released).toBeGreaterThan(0);
    const { requests } = hubspot.count();
    await clock.advance(MINUTE);
    expect(hubspot.count().requests).toBeLessThanOrEqual(requests + 1);
  });

  test('does not wait for a HubSpot that is down', async () => {
    const { deliverer, clock, accept, hubspot, outbox } = delivering();
    hubspot.fail({ status: 401 });
    await accept(events(3));
    deliverer.start();
    await clock.advance(SECOND);
    const stoppedAt = clock.now();
    await deliverer.stop({ drainMs: MINUTE });
    expect(clock.now()).toBe(stoppedAt);
    expect(await outbox.stats()).toMatchObject({ pending: 3, claimed: 0 });
  });

  test('sends nothing of a claim that was under way, and frees its events', async () => {
    const { outbox, clock, hubspot, second, accept } = delivering();
    const slow = {
      ...outbox,
      claim: async (request: ClaimRequest) => {
        await sleep(clock, 3 * SECOND);
        return outbox.claim(request);
      },
    };
    const deliverer = second({ outbox: slow });
    await accept(events(3));
    deliverer.start();
    await clock.advance(SECOND);
    const stopped = deliverer.stop({ drainMs: SECOND });
    await clock.advance(MINUTE);
    await stopped;
    expect(hubspot.count().requests).toBe(0);
    expect(await outbox.stats()).toMatchObject({ pending: 3, claimed: 0 });
    expect((await outbox.claim({ maxEvents: 1, maxBytes: 1e6, leaseMs: 1 }))[0]?.attempts).toBe(0);
    expect(clock.timers()).toBe(0);
  });

  test('does not wait for ever for an outbox that hangs', async () => {
    const { outbox, clock, second } = delivering();
    const hanging = { ...outbox, claim: () => new Promise<never>(() => {}) };
    const deliverer = second({ outbox: hanging });
    deliverer.start();
    await clock.advance(SECOND);
    const stoppedAt = clock.now();
    let isStopped = false;
    void deliverer.stop({ drainMs: SECOND }).then(() => {
      isStopped = true;
    });
    await clock.runUntil(() => isStopped);
    expect(clock.now() - stoppedAt).toBeLessThanOrEqual(10 * SECOND);
  });

  test('leaves no timer behind', async () => {
    const { deliverer, clock, accept } = delivering();
    deliverer.start();
    await accept(events(3));
    await clock.advance(MINUTE);
    await deliverer.stop({ drainMs: SECOND });
    expect(clock.timers()).toBe(0);
  });
});

describe('a crash', () => {
  test.each([204, 400, 409] as const)(
    'after HubSpot took the events costs a lease and nothing else (duplicates: %i)',
    async (duplicateUuid) => {
      const connected = connect({ duplicateUuid });
      const { clock, accept, hubspot, outbox, second } = delivering({ connected });
      // The process that sent them died before it wrote that down.
      await accept(events(10));
      const claims = await outbox.claim({ maxEvents: 500, maxBytes: 1e6, leaseMs: MINUTE });
      await connected.client.send(claims.map((claim) => claim.json));
      const next = second();
      next.start();
      await clock.runUntil(async () => (await outbox.stats()).pending === 0, 2 * MINUTE);
      expect(hubspot.count().events).toBe(10);
      expect(await outbox.stats()).toMatchObject({ delivered: 10, dead: 0 });
    },
  );
});

describe('two deliverers', () => {
  test('on one outbox share the work', async () => {
    const { deliverer, second, accept, hubspot, untilSettled } = delivering();
    await accept(events(4000));
    deliverer.start();
    second().start();
    await untilSettled();
    expect(hubspot.count()).toMatchObject({ events: 4000, duplicates: 0 });
  });

  test('on one outbox are paused together, and so is one that starts later', async () => {
    const { deliverer, second, clock, outbox, hubspot } = delivering();
    const pollMs = SECOND;
    second({ pollMs }).start();
    await deliverer.pause();
    await outbox.enqueue(events(3));
    second({ pollMs }).start();
    await clock.advance(HOUR);
    expect(hubspot.count().requests).toBe(0);
    await deliverer.resume();
    await clock.advance(pollMs);
    expect(hubspot.count().events).toBe(3);
  });
});

describe('an outbox that fails', () => {
  test('is asked again until it works', async () => {
    const { deliverer, clock, accept, hubspot, outbox, lines } = delivering();
    const { claim } = outbox;
    let isDown = true;
    const flaky = Object.assign(outbox, {
      async claim(request: Parameters<typeof claim>[0]) {
        if (isDown) throw new OutboxUnavailableError('the disk is gone');
        return claim(request);
      },
    });
    expect(flaky).toBe(outbox);
    await accept(events(3));
    deliverer.start();
    await clock.advance(MINUTE);
    expect(lines.some(({ message }) => message.includes('cannot claim'))).toBe(true);
    isDown = false;
    await clock.advance(MINUTE);
    expect(hubspot.count().events).toBe(3);
  });

  test('to note a delivery is asked again, and nothing is sent twice', async () => {
    const { deliverer, accept, hubspot, outbox, untilSettled } = delivering();
    const { ack } = outbox;
    let failures = 3;
    Object.assign(outbox, {
      async ack(claims: Parameters<typeof ack>[0]) {
        if (failures-- > 0) throw new OutboxUnavailableError('busy');
        return ack(claims);
      },
    });
    await accept(events(3));
    deliverer.start();
    await untilSettled(MINUTE);
    expect(hubspot.count()).toMatchObject({ events: 3, requests: 1 });
  });
});

describe('the log', () => {
  test('has one line per call, with no secret and nothing personal', async () => {
    const { deliverer, accept, hubspot, lines, untilSettled } = delivering();
    hubspot.fail({ poison: event(1).uuid });
    hubspot.fail({ status: 503, times: 1 });
    await accept(events(4).map((one) => ({ ...one, email: 'ada@example.com' })));
    deliverer.start();
    await untilSettled(MINUTE);
    const calls = lines.filter(({ message }) => message === 'hubspot call');
    expect(calls).toHaveLength(hubspot.count().requests);
    expect(calls[0]?.fields).toMatchObject({
      events: 4,
      outcome: 'retry',
      status: 503,
      attempt: 0,
    });
    const text = JSON.stringify(lines);
    for (const secret of ['secret-token', 'ada@', event(1).utk ?? '?'])
      expect(text).not.toContain(secret);
  });
});

test('a revoked token that is replaced by its successor costs nothing', async () => {
  const connected = connect({ accessTokens: ['new'] });
  const { clock, hubspot } = connected;
  const client = createHubSpotClient({
    credential: accessToken('old', 'new'),
    clock,
    fetch: hubspot.fetch,
  });
  const { deliverer, accept, untilSettled } = delivering({ connected: { ...connected, client } });
  await accept(events(5));
  deliverer.start();
  await untilSettled(SECOND);
  expect(hubspot.count().events).toBe(5);
});
