import { expect, test } from 'vitest';
import { createWorld } from '../test/world.ts';

test('a tracker that is closed sends what waits, tracks nothing more, and leaves its name and its events to the next', async () => {
  const world = await createWorld();
  const page = world.open();
  const { createTracker } = page.globals as { createTracker: (options: object) => typeof first };
  const first = page.tracker;
  const again = () => createTracker({ endpoint: 'https://relay.example/v1/events' });
  expect(again()).toBe(first);

  world.relay = 'down';
  first.track('before');
  first.close();
  expect(await first.track('after')).toBe('denied');
  await world.advance(1_000);
  expect(world.accepted.size).toBe(0);

  world.relay = 'up';
  const second = again();
  expect(second).not.toBe(first);
  const sent = second.track('second');
  await world.advance(60_000);
  expect(await sent).toBe('accepted');
  const names = world.requests
    .filter(({ mode }) => mode === 'up')
    .flatMap(({ batch }) => batch.events.map(({ eventName }) => eventName));
  expect(names.sort()).toStrictEqual(['before', 'second']);
});
