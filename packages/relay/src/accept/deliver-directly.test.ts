import { expect, test } from 'vitest';
import { connect } from '../../test/support/connect.ts';
import { event } from '../../test/support/events.ts';
import { silentLogger } from '../observe/log.ts';
import { deliverDirectly } from './deliver-directly.ts';

const MINUTE = 60_000;

/** A direct relay on an account, and visitors who each post one event. */
function relay() {
  const { hubspot, client, clock } = connect();
  const { acceptor, readiness } = deliverDirectly(client, silentLogger, { clock });
  let count = 0;
  const post = () => acceptor.accept([event(count++)]);
  return { hubspot, clock, readiness, post };
}

test('a refused token makes the relay unready, by the events of two visitors at least', async () => {
  const { hubspot, post, readiness } = relay();
  const undo = hubspot.fail({ status: 401 });
  await post();
  expect(await readiness()).toMatchObject({ ready: true });
  await post();
  await post();
  expect(await readiness()).toMatchObject({
    ready: false,
    details: { lane: { state: 'paused', cause: 'unauthorized' } },
  });
  undo();
  await post();
  expect(await readiness()).toMatchObject({ ready: true, details: { lane: { state: 'open' } } });
});

test('without events it is forgotten: a relay out of service must be able to come back', async () => {
  const { hubspot, clock, post, readiness } = relay();
  hubspot.fail({ status: 401 });
  for (let visitor = 0; visitor < 3; visitor++) await post();
  await clock.advance(4 * MINUTE);
  expect(await readiness()).toMatchObject({ ready: false });
  await clock.advance(MINUTE);
  expect(await readiness()).toMatchObject({ ready: true });
});

test.each([401, 503])(
  'while every event is answered %i, it says so between its looks, too',
  async (status) => {
    const { hubspot, clock, post, readiness } = relay();
    hubspot.fail({ status });
    const told: boolean[] = [];
    for (let second = 0; second < 3600; second += 10) {
      const answer = post();
      await clock.advance(10_000);
      await answer;
      if (second >= 90) told.push((await readiness()).ready);
    }
    expect(told).not.toContain(true);
  },
);
