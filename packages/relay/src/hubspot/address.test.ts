import { describe, expect, test } from 'vitest';
import { eventJson } from '../../test/support/events.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { sendEvents } from '../delivery/send-events.ts';
import type { Logger } from '../observe/log.ts';
import { noTraces } from '../outbox/event-traces.ts';
import { createHubSpotClient } from './client.ts';
import { accessToken } from './credential.ts';

const DAY = 86_400_000;

type Judge = (path: string, body: string) => Response | Promise<Response> | undefined;

const taken = () => new Response(null, { status: 204 });
const notFound = () => new Response('<html>404</html>', { status: 404 });
const notFoundInWords = () =>
  Response.json({ category: 'OBJECT_NOT_FOUND', message: 'Not found' }, { status: 404 });

/** A HubSpot with certain addresses, and what the relay does with events there. */
function account(judge: Judge, options: { batch?: 'auto' | 'never' } = {}) {
  const clock = createVirtualClock();
  const calls: { path: string; events: number }[] = [];
  const lines: string[] = [];
  const write = (_: object, line: string) => void lines.push(line);
  const log: Logger = { debug: write, info: write, warn: write, error: write };
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const { pathname } = new URL(String(url));
    const body = String(init?.body);
    calls.push({ path: pathname, events: [...body.matchAll(/"uuid"/g)].length });
    return (await judge(pathname, body)) ?? taken();
  };
  const client = createHubSpotClient({
    credential: accessToken('x'),
    fetch,
    clock,
    log,
    ...options,
  });
  async function send(...numbers: number[]) {
    const items = numbers.map((number) => ({ json: eventJson(number), attempts: 0 }));
    const tools = {
      client,
      clock,
      onCall: () => {},
      traces: noTraces,
      deadlineAt: clock.now() + DAY,
    };
    const kinds: string[] = [];
    for await (const result of sendEvents(items, tools)) {
      kinds.push(...result.items.map(() => result.outcome.kind));
    }
    return kinds;
  }
  return { client, clock, calls, lines, send };
}

const hundred = Array.from({ length: 100 }, (_, number) => number);

describe('an account without a batch address, as the first contract describes it,', () => {
  test.each([
    ['HTML', notFound],
    ['JSON', notFoundInWords],
    ['405', () => new Response(null, { status: 405 })],
    ['410', () => new Response('gone', { status: 410 })],
  ])(
    'that answers it with %s gets every event in a call of its own, and is told of once',
    async (_, answer) => {
      const { client, clock, calls, lines, send } = account((path) =>
        path.endsWith('/batch') ? answer() : undefined,
      );
      expect(await send(...hundred)).toEqual(Array(100).fill('delivered'));
      // Eight by eight, until all of them have been taken alone.
      const asked = calls.filter(({ path }) => path.endsWith('/batch')).length;
      expect(asked).toBe(13);
      expect(await send(...hundred)).toEqual(Array(100).fill('delivered'));
      expect(calls).toHaveLength(asked + 100 + 100);
      expect(lines).toEqual([expect.stringContaining('HUBSPOT_BATCH=never')]);
      expect(client.address.status()).toEqual({
        apiVersion: 'v3',
        batches: false,
        changed: { reason: 'no_batch_address', nextLookAt: clock.now() + DAY },
      });
      await clock.advance(DAY);
      expect(client.address.status()).toEqual({ apiVersion: 'v3', batches: true });
    },
  );

  test.each([3, 11, 99])('is not assumed because event %i is answered with 404', async (number) => {
    const bad = eventJson(number);
    const uuid = JSON.parse(bad).uuid;
    const { client, send } = account((_, body) =>
      body.includes(uuid) ? notFoundInWords() : undefined,
    );
    const kinds = await send(...hundred);
    expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'delivered')).toHaveLength(99);
    expect(client.address.sendsBatches()).toBe(true);
  });

  test('can be named in the configuration', async () => {
    const { calls, send } = account(() => undefined, { batch: 'never' });
    await send(1, 2, 3);
    expect(calls.map(({ events }) => events)).toEqual([1, 1, 1]);
  });
});

describe('the end of v3', () => {
  test.each([
    ['HTML', notFound],
    ['JSON', notFoundInWords],
    ['410', () => Response.json({ message: 'This API version has ended' }, { status: 410 })],
  ])('by %s costs no event: the relay goes on with 2026-09 and says so', async (_, answer) => {
    const { client, calls, lines, send } = account((path) =>
      path.startsWith('/events/v3/') ? answer() : undefined,
    );
    expect(await send(...hundred)).toEqual(Array(100).fill('delivered'));
    expect(await send(...hundred)).toEqual(Array(100).fill('delivered'));
    expect(calls.at(-1)).toEqual({ path: '/events/2026-09/send/batch', events: 100 });
    expect(lines).toEqual([expect.stringContaining('HUBSPOT_API_VERSION=2026-09')]);
    expect(client.address.status()).toMatchObject({
      apiVersion: '2026-09',
      batches: true,
      changed: { reason: 'v3_gone' },
    });
  });

  test.each([
    ['503', () => new Response('<html>', { status: 503 })],
    ['a login page', () => new Response('<html>login</html>', { status: 200 })],
    ['403', () => Response.json({ category: 'MISSING_SCOPES', message: 'no' }, { status: 403 })],
  ])('ends no event while the next version answers %s', async (_, answer) => {
    const { send } = account((path) =>
      path.startsWith('/events/v3/') ? notFoundInWords() : answer(),
    );
    expect(await send(1)).not.toContain('refused');
  });

  test.each([[[2]], [[2, 3]]])(
    'costs no event whose call was under way when another one found out: %o',
    async (late) => {
      let answer = () => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      const second = JSON.parse(eventJson(2)).uuid;
      const { client, send } = account((path, body) => {
        if (!path.startsWith('/events/v3/')) return undefined;
        return body.includes(second) ? held.then(notFoundInWords) : notFoundInWords();
      });
      const sent = send(...late);
      expect(await send(1)).toEqual(['delivered']);
      answer();
      expect(await sent).toEqual(late.map(() => 'delivered'));
      expect(client.address.status()).toMatchObject({ apiVersion: '2026-09', batches: true });
    },
  );

  test('is not assumed because of one event, where v3 takes others', async () => {
    const { client, send } = account((path, body) =>
      path.startsWith('/events/v3/') && body.includes(JSON.parse(eventJson(5)).uuid)
        ? notFoundInWords()
        : undefined,
    );
    await send(1);
    expect(await send(5)).toEqual(['delivered']);
    expect(client.address.status()).toEqual({ apiVersion: 'v3', batches: true });
  });

  test('is found out soon by another event when the first one is at fault itself', async () => {
    const bad = JSON.parse(eventJson(1)).uuid;
    const { clock, send } = account((path, body) => {
      if (path.startsWith('/events/v3/')) return new Response(null, { status: 410 });
      return body.includes(bad) ? new Response(null, { status: 406 }) : undefined;
    });
    expect(await send(1)).toEqual(['retry']);
    await clock.advance(1500);
    expect(await send(2)).toEqual(['delivered']);
  });

  test('is taken back when the next version refuses the credential', async () => {
    const { client, clock, send } = account((path, body) => {
      const isFirst = body.includes(JSON.parse(eventJson(1)).uuid);
      if (path.startsWith('/events/v3/')) return isFirst ? notFoundInWords() : undefined;
      return isFirst ? undefined : Response.json({ category: 'MISSING_SCOPES' }, { status: 403 });
    });
    await send(1);
    expect(client.address.status().apiVersion).toBe('2026-09');
    await clock.advance(61_000);
    await send(2);
    expect(await send(3)).toEqual(['delivered']);
    expect(client.address.status().apiVersion).toBe('v3');
  });

  test('is not assumed because of an event that both versions refuse', async () => {
    const { client, send } = account(() => notFoundInWords());
    expect(await send(1)).toEqual(['refused']);
    expect(client.address.status()).toEqual({ apiVersion: 'v3', batches: true });
  });

  test('leaves an event that the next version refuses refused, in its words', async () => {
    const { send } = account((path) =>
      path.startsWith('/events/v3/')
        ? notFoundInWords()
        : Response.json({ category: 'VALIDATION_ERROR', message: 'bad' }, { status: 400 }),
    );
    expect(await send(1)).toEqual(['refused']);
  });
});
