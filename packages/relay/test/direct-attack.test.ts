import { expect, test } from 'vitest';
import { directAcceptor } from '../src/accept/direct.ts';
import type { HubSpotEvent } from '../src/hubspot/event.ts';
import { percentile, seeded, upstream } from './support/attacked.ts';
import { event } from './support/events.ts';
import { verdicts } from './support/verdicts.ts';
import { createVirtualClock } from './support/virtual-clock.ts';

const SECONDS = 90;
const MEASURED_FROM_S = 60;

/**
 * Ten visitors a second post an event each, and as many others an event at fault; a page that is told to come back does so.
 * @returns how long the honest ones waited, milliseconds, the shortest first
 */
async function attackDirect(verdict: (typeof verdicts)[number][1]) {
  const clock = createVirtualClock();
  const bad = new Set<string>();
  const client = upstream(clock, (events) =>
    events.some((json) => bad.has(JSON.parse(json).uuid))
      ? verdict
      : { kind: 'response', status: 204 },
  );
  const acceptor = directAcceptor(client, { clock, random: seeded(3) });
  const waits: number[] = [];
  let unanswered = 0;
  let count = 0;

  async function visit(sent: HubSpotEvent, isMeasured: boolean): Promise<void> {
    const since = clock.now();
    const post = async (): Promise<void> => {
      const answer = await acceptor.accept([sent]);
      if (answer.kind === 'not_now') return void clock.schedule(post, answer.retryAfterMs);
      if (!isMeasured) return;
      unanswered -= 1;
      waits.push(clock.now() - since);
    };
    if (isMeasured) unanswered += 1;
    await post();
  }

  for (let tick = 0; tick < SECONDS * 10; tick++) {
    const poison = event(count++);
    bad.add(poison.uuid);
    void visit(poison, false);
    void visit(event(count++), tick >= MEASURED_FROM_S * 10);
    await clock.advance(100);
  }
  await clock.advance(10_000);
  return { waits: waits.toSorted((a, b) => a - b), unanswered };
}

test.each(verdicts)(
  'half of all visitors, whose events HubSpot answers with %s, delay no other',
  async (_, verdict) => {
    const { waits, unanswered } = await attackDirect(verdict);
    expect(percentile(waits, 0.99)).toBeLessThanOrEqual(5000);
    expect(unanswered).toBe(0);
  },
);

test('one visitor whose event gets 423 delays no other', async () => {
  const clock = createVirtualClock();
  const bad = event(0);
  const client = upstream(clock, (events) =>
    events.some((json) => JSON.parse(json).uuid === bad.uuid)
      ? { kind: 'response', status: 423, error: { message: 'locked' } }
      : { kind: 'response', status: 204 },
  );
  const acceptor = directAcceptor(client, { clock });
  const answers: string[] = [];
  void acceptor.accept([bad]);
  await clock.advance(50);
  for (let visitor = 1; visitor < 100; visitor++) {
    void acceptor.accept([event(visitor)]).then(({ kind }) => answers.push(kind));
    await clock.advance(20);
  }
  await clock.advance(100);
  expect(answers).toEqual(Array(99).fill('sent'));
});

test('an outage of an hour costs less than a hundred calls, however many visitors post', async () => {
  for (const [status, most] of [
    [503, 100],
    [401, 60],
  ] as const) {
    const clock = createVirtualClock();
    let calls = 0;
    const client = upstream(clock, () => {
      calls += 1;
      return { kind: 'response', status, error: { message: 'no' } };
    });
    const acceptor = directAcceptor(client, { clock, random: seeded(5) });
    for (let second = 0; second < 3600; second++) {
      void acceptor.accept([event(second)]);
      await clock.advance(1000);
    }
    expect(calls).toBeLessThanOrEqual(most);
  }
});

test('a visitor who comes while HubSpot is being asked is told to come back soon', async () => {
  const clock = createVirtualClock();
  const client = upstream(clock, () => 'hang');
  const acceptor = directAcceptor(client, { clock, random: seeded(5) });
  const told: number[] = [];
  for (let second = 0; second < 300; second++) {
    void acceptor.accept([event(second)]).then((answer) => {
      if (answer.kind === 'not_now') told.push(answer.retryAfterMs);
    });
    await clock.advance(1000);
  }
  expect(Math.max(...told)).toBeLessThanOrEqual(120_000);
});

test('twenty visitors at once whose events get 429, every two seconds, delay no other', async () => {
  const clock = createVirtualClock();
  const bad = new Set<string>();
  const client = upstream(clock, (events) =>
    events.some((json) => bad.has(JSON.parse(json).uuid))
      ? { kind: 'response', status: 429, error: { message: 'no' } }
      : { kind: 'response', status: 204 },
  );
  const acceptor = directAcceptor(client, { clock, random: seeded(3) });
  const waits: number[] = [];
  let count = 0;

  async function visit(sent: HubSpotEvent, since = clock.now()): Promise<void> {
    const answer = await acceptor.accept([sent]);
    if (answer.kind === 'sent') return void waits.push(clock.now() - since);
    if (answer.kind === 'not_now')
      clock.schedule(() => void visit(sent, since), answer.retryAfterMs);
  }

  for (let second = 0; second < SECONDS; second++) {
    for (let visitor = 0; second % 2 === 0 && visitor < 20; visitor++) {
      const poison = event(count++);
      bad.add(poison.uuid);
      void visit(poison);
    }
    if (second === MEASURED_FROM_S) waits.splice(0);
    for (let visitor = 0; visitor < 5; visitor++) void visit(event(count++));
    await clock.advance(1000);
  }
  await clock.advance(10_000);
  const sorted = waits.toSorted((a, b) => a - b);
  expect(sorted.length).toBeGreaterThanOrEqual((SECONDS - MEASURED_FROM_S) * 5);
  expect(percentile(sorted, 0.99)).toBeLessThanOrEqual(5000);
});

test('visitors whose posts of many events each fail in a row delay no other', async () => {
  const clock = createVirtualClock();
  const bad = new Set<string>();
  const client = upstream(clock, (events) =>
    events.some((json) => bad.has(JSON.parse(json).uuid))
      ? { kind: 'response', status: 500 }
      : { kind: 'response', status: 204 },
  );
  const acceptor = directAcceptor(client, { clock });
  for (let visitor = 0; visitor < 10; visitor++) {
    const posted = Array.from({ length: 8 }, (_, index) => event(visitor * 8 + index));
    for (const { uuid } of posted) bad.add(uuid);
    void acceptor.accept(posted);
    await clock.advance(3000);
  }
  const answers: unknown[] = [];
  void acceptor.accept([event(1000)]).then((answer) => answers.push(answer));
  await clock.advance(1000);
  expect(answers).toEqual([{ kind: 'sent', refused: [] }]);
});

test('a post of 60 events costs few calls when HubSpot takes none of them', async () => {
  const clock = createVirtualClock();
  let calls = 0;
  let isUp = true;
  const client = upstream(clock, () => {
    calls += 1;
    return { kind: 'response', status: isUp ? 204 : 477 };
  });
  const acceptor = directAcceptor(client, { clock });
  // Something was at fault lately, so that events go one by one.
  isUp = false;
  void acceptor.accept([event(0)]);
  await clock.advance(10_000);
  calls = 0;
  void acceptor.accept(Array.from({ length: 60 }, (_, index) => event(index + 1)));
  await clock.advance(10_000);
  expect(calls).toBeLessThanOrEqual(32);
});
