import { expect, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { Redacted } from '../core/redacted.ts';
import { createReadBackClient } from './read-back-client.ts';

const TOKEN = 'a-secret-token';

function clientOf(fetch: typeof globalThis.fetch, signal?: AbortSignal) {
  const waits: number[] = [];
  let now = 0;
  const clock = {
    ...systemClock,
    monotonic: () => now,
    schedule(run: () => void, delayMs: number) {
      waits.push(delayMs);
      now += delayMs;
      queueMicrotask(run);
      return () => {};
    },
  };
  const client = createReadBackClient({
    token: new Redacted(TOKEN),
    apiVersion: 'v3',
    clock,
    fetch,
    random: () => 1,
    ...(signal && { signal }),
  });
  return { client, waits };
}

test('waits as long as HubSpot asks, and tries again', async () => {
  let calls = 0;
  const { client, waits } = clientOf(async () => {
    calls += 1;
    return calls === 1
      ? new Response('{}', { status: 429, headers: { 'retry-after': '7' } })
      : Response.json({ results: [] });
  });
  expect(await client.get('/events/v3/events')).toEqual({ ok: true, body: { results: [] } });
  expect(waits).toContain(7_000);
});

test('gives up on what does not pass, and says what HubSpot said, without the token', async () => {
  let calls = 0;
  const { client } = clientOf(async () => {
    calls += 1;
    return Response.json({ message: `no ${TOKEN} here` }, { status: 403 });
  });
  expect(await client.get('/x')).toEqual({
    ok: false,
    status: 403,
    problem: 'HubSpot answered 403: no [redacted] here',
  });
  expect(calls).toBe(1);
});

test('shows no part of a token that stands where a long message is cut', async () => {
  const { client } = clientOf(async () =>
    Response.json({ message: `${'x'.repeat(287)} ${TOKEN} is not known` }, { status: 401 }),
  );
  const answer = await client.get('/x');
  expect(answer).toMatchObject({ problem: expect.stringMatching(/x \[redacted\]/) });
});

test('keeps to ten calls a second', async () => {
  const { client, waits } = clientOf(async () => Response.json({}));
  await Promise.all([client.get('/1'), client.get('/2'), client.get('/3')]);
  expect(waits.length).toBeGreaterThan(0);
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(200);
});

test('asks nothing after its end, and does not wait for it', async () => {
  const end = new AbortController();
  let calls = 0;
  const { client } = clientOf(async () => {
    calls += 1;
    end.abort();
    throw new Error('cut off');
  }, end.signal);
  expect(await client.get('/x')).toMatchObject({ ok: false, problem: 'The relay has stopped.' });
  expect(calls).toBe(1);
});
