import { expect, test } from 'vitest';
import { delivering } from '../../test/support/deliver.ts';
import { event, events } from '../../test/support/events.ts';
import { createDeliveredSample } from './delivered-sample.ts';
import { createStepLog } from './step-log.ts';

const HOUR = 3_600_000;

function remembering() {
  const steps = createStepLog();
  const delivered = createDeliveredSample({ steps });
  const way = (index: number) =>
    steps.of([event(index).uuid]).items.map(({ outcome, cause }) => cause ?? outcome);
  return { ...delivering({ deliverer: { delivered } }), delivered, steps, way };
}

test('an event’s way has each call that it was in, to the end', async () => {
  const { deliverer, accept, hubspot, untilSettled, delivered, way } = remembering();
  hubspot.fail({ status: 503, times: 1 });
  hubspot.fail({ poison: event(2).uuid });
  await accept(events(4));
  deliverer.start();
  await untilSettled(HOUR);
  expect(way(1)[0]).toBe('server_error');
  expect(way(1).at(-1)).toBe('delivered');
  expect(way(2).slice(-2)).toEqual(['refused', 'refused_by_hubspot']);
  expect(delivered.steps.of([event(2).uuid]).items.at(-2)).toMatchObject({
    status: 400,
    category: 'VALIDATION_ERROR',
    correlationId: expect.any(String),
    events: 1,
  });
});

test('a delivered event is found for longer than the sample of its minute has room', async () => {
  const { deliverer, accept, untilSettled, delivered } = remembering();
  await accept(events(400));
  deliverer.start();
  await untilSettled();
  for (let index = 0; index < 400; index += 1) {
    const { uuid } = event(index);
    expect(delivered.find(uuid)).toMatchObject({ event: { uuid } });
  }
});
