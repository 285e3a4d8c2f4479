import type { WireEvent } from '@hubrelay/protocol';
import { expect, test } from 'vitest';
import { createWorld } from '../test/world.ts';

const MINUTE_MS = 60_000;
const names = (events: readonly WireEvent[] = []) => events.map(({ eventName }) => eventName);

test('what waited longer than seven days is dropped', async () => {
  const world = await createWorld();
  world.cookie = '';
  const page = world.open();
  page.tracker.track('a');
  await world.advance(10);
  world.crash(page);
  world.now += 8 * 24 * 60 * MINUTE_MS;
  const dropped: unknown[] = [];
  world.open({ onDrop: (events, reason) => dropped.push([...names(events), reason]) });
  await world.advance(2000);
  expect(dropped).toEqual([['a', 'expired']]);
  expect(world.storage).toEqual({});
});

test('a full outbox refuses the newest, and a single event over 60,000 bytes is too large', async () => {
  const world = await createWorld();
  world.relay = 'down';
  const { tracker } = world.open();
  const big = tracker.track('big', { text: 'x'.repeat(60_001) });
  await world.advance(1000);
  expect(await big).toBe('too_large');
  for (let i = 0; i < 20; i++) tracker.track('a', { text: 'x'.repeat(50_000) });
  await world.advance(100);
  expect(await tracker.track('newest')).toBe('outbox_full');
  world.relay = 'up';
  await world.advance(10 * MINUTE_MS);
  expect(world.accepted.size).toBe(20);
});

test.each([
  ['denied', () => undefined],
  [
    'full',
    () =>
      new Proxy<Record<string, string>>(
        {},
        {
          set: () => {
            throw new Error('QuotaExceededError');
          },
        },
      ),
  ],
])('with storage %s, memory keeps the events until they are sent', async (_, storage) => {
  const world = await createWorld();
  world.storage = storage() as never;
  world.relay = 'down';
  const { tracker } = world.open();
  tracker.track('a');
  await world.advance(5000);
  world.relay = 'up';
  await world.advance(10 * MINUTE_MS);
  expect(world.accepted.size).toBe(1);
});

test('garbage in storage harms nothing', async () => {
  const world = await createWorld();
  for (const [i, text] of ['', '{', 'null', '7', '"x"', '[]', '{"uuid":1}'].entries())
    world.storage[`hubrelay.0.1.100000${i}`] = text;
  world.storage['hubrelay.odd'] = '{}';
  const { tracker } = world.open();
  tracker.track('a');
  await world.advance(MINUTE_MS);
  expect(names(world.requests.flatMap(({ batch }) => batch.events))).toContain('a');
});

test('a page that comes back takes its own events again, also when it has tracked another one', async () => {
  const world = await createWorld();
  world.relay = 'down';
  const page = world.open();
  page.tracker.track('before');
  await world.advance(1000);
  world.hide(page);
  await world.advance(MINUTE_MS);
  page.isFrozen = false;
  page.tracker.track('on the way back');
  world.show(page);
  await world.advance(1000);
  world.relay = 'up';
  await world.advance(30 * MINUTE_MS);
  expect(world.accepted.size).toBe(2);
});
