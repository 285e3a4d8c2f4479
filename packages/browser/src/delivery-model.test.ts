import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWorld, type Page, type RelayMode } from '../test/world.ts';

const HOUR_MS = 3_600_000;

/** What can happen to a visitor, their browser and the relay. A number picks one of the open pages. */
type Step =
  | { do: 'track'; page: number; count: number }
  | { do: 'wait'; ms: number }
  | { do: 'relay'; mode: RelayMode; retryAfter: string | null }
  | { do: 'open' }
  | {
      do: 'close' | 'crash' | 'freeze' | 'thaw' | 'look away' | 'online' | 'lose token';
      page: number;
    };

const page = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('track' as const),
      page,
      count: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 60, 260, 1500, 20_000, 400_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('relay' as const),
      mode: fc.constantFrom<RelayMode>('up', 'up', 'down', 'unheard', 400, 413, 429, 500, 503),
      retryAfter: fc.constantFrom(null, '7'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('open' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'close' as const,
        'crash' as const,
        'freeze' as const,
        'thaw' as const,
        'look away' as const,
        'online' as const,
        'lose token' as const,
      ),
      page,
    }),
  },
);

test('whatever happens, every event arrives, or is reported dropped with a reason', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = await createWorld();
      const { cookie } = world;
      const tracked = new Set<string>();
      const dropped = new Map<string, string>();
      const everOpened: Page[] = [];

      const open = () =>
        everOpened.push(
          world.open({
            beforeSend(event) {
              tracked.add(event.uuid);
              return event;
            },
            onDrop(events, reason) {
              for (const { uuid } of events) dropped.set(uuid, reason);
            },
          }),
        );
      const act = async (step: Step) => {
        if (step.do === 'wait') return world.advance(step.ms);
        if (step.do === 'open') return open();
        if (step.do === 'relay')
          return Object.assign(world, { relay: step.mode, retryAfter: step.retryAfter });
        const page = world.pages[step.page % world.pages.length];
        if (step.do === 'lose token') world.cookie = world.cookie ? '' : cookie;
        else if (!page) return undefined;
        else if (step.do === 'thaw') world.show(page);
        else if (page.isFrozen) {
          if (step.do === 'crash') world.crash(page);
        } else if (step.do === 'track')
          for (let i = 0; i < step.count; i++) page.tracker.track('a', { i });
        else if (step.do === 'close') world.close(page);
        else if (step.do === 'crash') world.crash(page);
        else if (step.do === 'freeze') world.hide(page);
        else page.dispatch(step.do === 'online' ? 'online' : 'visibilitychange');
        return undefined;
      };

      open();
      for (const step of steps) await act(step);

      // In the end the relay works, the visitor is known, and comes once more.
      Object.assign(world, { relay: 'up', retryAfter: null, cookie });
      for (const page of [...world.pages]) world.close(page);
      open();
      await world.advance(HOUR_MS);

      const missing = [...tracked].filter(
        (uuid) => !world.accepted.has(uuid) && !dropped.has(uuid),
      );
      expect(missing).toEqual([]);
      expect(world.storage).toEqual({});
      const allowed = ['rejected', 'too_large'];
      expect([...dropped.values()].filter((reason) => !allowed.includes(reason))).toEqual([]);
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('in a page that lives on, no event is sent twice unless its answer was lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 12 }),
      async (bursts) => {
        const world = await createWorld();
        const page = world.open();
        for (const [i, count] of bursts.entries()) {
          world.relay = i % 3 === 1 ? 503 : 'up';
          for (let n = 0; n < count; n++) page.tracker.track('a', { n });
          await world.advance(300 * count);
        }
        world.relay = 'up';
        await world.advance(HOUR_MS);
        expect(world.accepted.size).toBe(bursts.reduce((sum, count) => sum + count, 0));
        expect([...world.accepted.values()].filter((times) => times > 1)).toEqual([]);
        expect(page.mostInFlight).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 30, seed: 7 },
  );
});
