import { parsePageReport, TROUBLESHOOTING } from '@hubrelay/protocol';
import { expect, test } from 'vitest';
import { createWorld } from '../test/world.ts';

/** Opens a page and gives what its console has been warned of. */
async function warned(cookie: string, options = {}) {
  const world = await createWorld();
  world.cookie = cookie;
  const told: string[] = [];
  const page = world.open(options);
  page.globals.console = {
    ...console,
    warn: (...it: unknown[]) => told.push(it.slice(0, -1).join(' ')),
  };
  page.tracker.track('a');
  await world.advance(5_000);
  const early = [...told];
  await world.advance(200_000);
  return { early, told };
}

test('a missing visitor cookie is told after ten seconds, once', async () => {
  const { early, told } = await warned('');
  expect(early).toStrictEqual([]);
  expect(told).toStrictEqual(['hubrelay: no cookie hubspotutk: events wait']);
});

test('a warning ends with the address at which it is explained', async () => {
  const world = await createWorld();
  const page = world.open();
  const told: unknown[][] = [];
  page.globals.console = { ...console, warn: (...it: unknown[]) => told.push(it) };
  const { createTracker } = page.globals as { createTracker: (options: object) => unknown };
  createTracker({ endpoint: '/', name: 'other', debgu: true });
  expect(told.map((it) => it.at(-1))).toStrictEqual([`${TROUBLESHOOTING}console`]);
});

test('the relay hears once of events that wait for the cookie, in words that it reads, and of nothing else', async () => {
  const world = await createWorld();
  world.cookie = '';
  const { tracker } = world.open();
  tracker.track('a');
  tracker.track('b');
  await world.advance(9_000);
  expect(world.reports).toEqual([]);
  await world.advance(200_000);
  expect(world.reports).toEqual([{ report: { hubspotutk: 2 }, ageMs: expect.any(Number) }]);
  expect(parsePageReport(world.reports[0])).toMatchObject({ waiting: { no_visitor: 2 } });
});

test('the relay hears how many events the page let go of, and why, added up', async () => {
  const world = await createWorld();
  const dropped: Record<string, number> = {};
  const { tracker } = world.open({
    onDrop(events: unknown[], reason: string) {
      dropped[reason] = (dropped[reason] ?? 0) + events.length;
    },
  } as object);
  for (let n = 0; n < 3; n++) tracker.track('large', { text: 'x'.repeat(70_000) });
  for (let n = 0; n < 400; n++) tracker.track('a', { text: 'x'.repeat(30_000), n });
  await world.advance(10_000);
  expect(dropped).toEqual({ too_large: 3, outbox_full: expect.any(Number) });
  const told: Record<string, number> = {};
  for (const report of world.reports) {
    for (const [reason, events] of Object.entries(parsePageReport(report)?.dropped ?? {})) {
      told[reason] = (told[reason] ?? 0) + events;
    }
  }
  expect(told).toEqual(dropped);
  // Not one for each event.
  expect(world.reports.length).toBeLessThan(4);
});

test('before consent, and when the cookie has been deleted, the relay hears of nothing', async () => {
  for (const options of [{ consent: 'pending' }, {}] as const) {
    const world = await createWorld();
    world.cookie = 'consent' in options ? '' : `hubspotutk=${'a'.repeat(32)}`;
    const { tracker } = world.open(options);
    tracker.track('a');
    world.cookie = '';
    await world.advance(200_000);
    expect(world.reports).toEqual([]);
  }
});

test('while consent is pending, or with the cookie there, nothing is told', async () => {
  expect((await warned('', { consent: 'pending' })).told).toStrictEqual([]);
  expect((await warned('hubspotutk=0123456789abcdef0123456789abcdef')).told).toStrictEqual([]);
});

test('of two hubspotutk the one that is not empty counts', async () => {
  const cookie = 'hubspotutk=; hubspotutk=0123456789abcdef0123456789abcdef';
  expect((await warned(cookie)).told).toStrictEqual([]);
});

test('the log says accepted of what was accepted alone, and a log that throws harms nothing', async () => {
  const world = await createWorld();
  world.answer = ({ events }) =>
    JSON.stringify({
      accepted: events.length - 1,
      rejected: [{ uuid: events[0]?.uuid, index: 0, code: 'invalid_event', message: 'No.' }],
    });
  const said: string[] = [];
  const { tracker } = world.open({
    log(step: string, detail: { eventName: string }[]) {
      if (step === 'accepted' || step === 'rejected')
        said.push(`${step} ${detail.map(({ eventName }) => eventName)}`);
      throw new Error('The hook’s own mistake');
    },
  } as object);
  const outcomes = ['bad', 'good'].map((name) => tracker.track(name));
  await world.advance(1_000);
  expect(await Promise.all(outcomes)).toStrictEqual(['rejected', 'accepted']);
  expect(said).toStrictEqual(['rejected bad', 'accepted good']);
});

test('unknown options are told, wherever they come from; commands of a queue are none', async () => {
  const world = await createWorld();
  const page = world.open();
  const told: string[] = [];
  page.globals.console = {
    ...console,
    warn: (...it: unknown[]) => told.push(it.slice(0, -1).join(' ')),
  };
  const { createTracker } = page.globals as { createTracker: (options: object) => unknown };
  const queue = Object.assign([['track', 'a']], { beforeSnd: () => {}, onDrop: () => {} });
  createTracker({ endpoint: '/', name: 'other', hashRoutes: true, debgu: true, ...queue });
  expect(told).toStrictEqual([
    'hubrelay: unknown option: debgu',
    'hubrelay: unknown option: beforeSnd',
  ]);
});

test('a tracker of npm beside the script tag’s of the same name is told', async () => {
  const world = await createWorld();
  const page = world.open();
  const told: string[] = [];
  page.globals.console = {
    ...console,
    warn: (...it: unknown[]) => told.push(it.slice(0, -1).join(' ')),
  };
  const { createTracker } = page.globals as { createTracker: (options: object) => object };
  expect(createTracker({ endpoint: '/' })).toBe(page.tracker);
  expect(told).toStrictEqual([]);
  // What the script tag adds to its own.
  Object.assign(page.tracker, { push() {} });
  expect(createTracker({ endpoint: '/' })).toBe(page.tracker);
  expect(told).toStrictEqual(['hubrelay: hubrelay is there already']);
});

test('the log tells until when it waits, Retry-After included', async () => {
  const world = await createWorld();
  world.relay = 429;
  world.retryAfter = '600';
  const until: number[] = [];
  const { tracker } = world.open({
    log: (step: string, detail: Date) => step === 'wait until' && until.push(+detail - world.now),
  } as object);
  tracker.track('a');
  await world.advance(5000);
  expect(until).toHaveLength(1);
  expect(until[0]).toBeGreaterThanOrEqual(600_000);
  expect(until[0]).toBeLessThan(605_000);
});

test('the log tells what the relay has left out of an event', async () => {
  const world = await createWorld();
  world.notes = 'properties.plan: left out: not_defined';
  const said: unknown[] = [];
  const { tracker } = world.open({
    log: (step: string, detail: unknown) => step === 'answer' && said.push(detail),
  } as object);
  tracker.track('signup', { plan: 'pro' });
  await world.advance(1_000);
  world.notes = '';
  tracker.track('signup');
  await world.advance(1_000);
  expect(said).toStrictEqual(['properties.plan: left out: not_defined', 204]);
});
