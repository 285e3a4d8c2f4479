import type { Meter } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { beforeEach, expect, test } from 'vitest';
import { delivering } from '../../test/support/deliver.ts';
import { event, events } from '../../test/support/events.ts';
import { meterTally } from '../receive/tally.ts';
import { createMetrics } from './metrics.ts';
import { observeQueue } from './observe-queue.ts';

let exporter: InMemoryMetricExporter;
let provider: MeterProvider;
let meter: Meter;

beforeEach(() => {
  exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 86_400_000 });
  provider = new MeterProvider({ readers: [reader] });
  meter = provider.getMeter('hubrelay');
  return () => provider.shutdown();
});

/** Name and labels of every series, and its value or count. */
async function series(): Promise<Record<string, number>> {
  await provider.forceFlush();
  const found =
    exporter
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
  const points = found.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => {
      const labels = Object.values(attributes).join(' ');
      const number = typeof value === 'number' ? value : (value as { count: number }).count;
      return [`${descriptor.name} ${labels}`.trim(), number] as const;
    }),
  );
  return Object.fromEntries(points);
}

test('what happens is measured, with labels from closed sets', async () => {
  const relay = delivering({ deliverer: { metrics: createMetrics(meter) } });
  const { hubspot, deliverer, accept, untilSettled, outbox, clock } = relay;
  observeQueue(meter, { outbox, clock, lane: (stats) => deliverer.status(stats).lane });
  hubspot.fail({ status: 503, times: 1 });
  hubspot.fail({ poison: event(1).uuid });
  await accept(events(4));
  deliverer.start();
  await untilSettled(60_000);
  expect(withoutIdleCounters(await series())).toEqual({
    'hubrelay.events.attempts retry server_error': 4,
    'hubrelay.events.attempts refused none': 1,
    'hubrelay.events.attempts delivered none': 3,
    'hubrelay.events.delivered': 3,
    'hubrelay.events.dead refused_by_hubspot': 1,
    'hubrelay.batch.size': 5,
    'hubrelay.upstream.duration.seconds retry': 1,
    'hubrelay.upstream.duration.seconds refused': 1,
    'hubrelay.upstream.duration.seconds delivered': 3,
    'hubrelay.delivery.lag.seconds': 3,
    'hubrelay.queue.depth': 0,
    'hubrelay.queue.oldest.age.seconds': 0,
    'hubrelay.dead_letters': 1,
    'hubrelay.lane.state open': 1,
    'hubrelay.lane.state backing_off': 0,
    'hubrelay.lane.state paused': 0,
  });
});

test('every counter begins at 0 with every label it can have, so that its first burst is an increase', async () => {
  createMetrics(meter);
  meterTally(meter);
  const born = await series();
  expect(born).toMatchObject({
    'hubrelay.events.dead expired': 0,
    'hubrelay.events.dead refused_by_hubspot': 0,
    'hubrelay.events.attempts pause unauthorized': 0,
    'hubrelay.events.attempts retry timeout': 0,
    'hubrelay.events.delivered': 0,
    'hubrelay.events.received server': 0,
    'hubrelay.events.rejected outbox_full': 0,
    'hubrelay.keys.refused unknown': 0,
  });
  expect(Object.values(born).every((value) => value === 0)).toBe(true);
});

function withoutIdleCounters(all: Record<string, number>): Record<string, number> {
  const isIdle = ([name, value]: [string, number]) =>
    value === 0 && (name.startsWith('hubrelay.events.') || name.includes('.dropped '));
  return Object.fromEntries(Object.entries(all).filter((entry) => !isIdle(entry)));
}

test('events that have no room among the dead letters are counted by reason, and the log says what to do', async () => {
  const relay = delivering({
    deliverer: { metrics: createMetrics(meter) },
    limits: { maxDead: 1, horizonMs: 1000 },
  });
  const { hubspot, deliverer, accept, untilSettled, clock, lines } = relay;
  for (const number of [1, 2, 3]) hubspot.fail({ poison: event(number).uuid });
  await accept(events(4));
  deliverer.start();
  await untilSettled(60_000);
  hubspot.fail({ poison: event(5).uuid, status: 500 });
  await accept([event(5)]);
  await clock.advance(1_200_000);
  expect(await series()).toMatchObject({
    'hubrelay.events.dead refused_by_hubspot': 1,
    'hubrelay.dead_letters.dropped refused_by_hubspot': 2,
    'hubrelay.dead_letters.dropped expired': 1,
  });
  const told = lines.filter(({ message }) => message.startsWith('the dead letters are full'));
  expect(told.map(({ level, fields }) => [level, fields.reason])).toEqual([
    ['error', 'refused_by_hubspot'],
    ['error', 'refused_by_hubspot'],
    ['error', 'expired'],
  ]);
});
