import { createFakeHubSpot, demoCredentials } from '@hubrelay/fake-hubspot';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import { Redacted } from '../core/redacted.ts';
import { createDeliveredSample } from '../delivery/delivered-sample.ts';
import type { LogFields, Logger } from '../observe/log.ts';
import { createReadBackClient } from './read-back-client.ts';
import { startScheduledSample } from './scheduled-sample.ts';

const START = Date.parse('2026-05-01T12:00:00Z');
const QUARTER = 900_000;
const KNOWN = '0123456789abcdef0123456789abcdef';

/** A relay's schedule by a clock that the test moves. */
async function setUp(token: string = demoCredentials.readBackToken) {
  let now = START;
  const due: { at: number; run: () => void }[] = [];
  const clock = {
    now: () => now,
    monotonic: () => now,
    schedule(run: () => void, delayMs: number) {
      if (delayMs < QUARTER) queueMicrotask(run);
      else due.push({ at: now + delayMs, run });
      return () => void due.splice(0);
    },
  };
  const hubspot = createFakeHubSpot({ now: clock.now, contacts: [{ id: '1', utks: [KNOWN] }] });
  const delivered = createDeliveredSample({ now: clock.now });
  const lines: { level: string; fields: LogFields; message: string }[] = [];
  const write = (level: string) => (fields: LogFields, message: string) =>
    void lines.push({ level, fields, message });
  const log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  } as Logger;
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
  const client = createReadBackClient({
    token: new Redacted(token),
    apiVersion: 'v3',
    fetch: hubspot.fetch,
    clock,
  });
  const stop = startScheduledSample({ client, delivered, events: 10, clock, log, meter });

  return {
    hubspot,
    lines,
    stop,
    due,
    async deliver(utk: string) {
      const event = {
        uuid: crypto.randomUUID(),
        eventName: 'pe1234567_signup',
        properties: { plan: 'pro' },
        occurredAt: new Date(now).toISOString(),
        utk,
      };
      const headers = {
        authorization: `Bearer ${demoCredentials.accessToken}`,
        'content-type': 'application/json',
      };
      const body = JSON.stringify(event);
      await hubspot.fetch('https://api.hubapi.com/events/v3/send', {
        method: 'POST',
        headers,
        body,
      });
      delivered.add([body], now);
      now += 60_000;
      return event.uuid;
    },
    /** Lets a quarter of an hour pass, and waits until the next run is planned. */
    async nextRun() {
      now = Math.max(now, ...due.map(({ at }) => at));
      for (const { run } of due.splice(0)) run();
      await expect.poll(() => due.length).toBe(1);
    },
    async counted() {
      exporter.reset();
      await reader.forceFlush();
      const metrics = exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? [];
      const points = metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => {
          const { reason = 'runs' } = attributes as { reason?: string };
          return [`${descriptor.name} ${reason}`, value as number] as const;
        }),
      );
      return Object.fromEntries(points.filter(([, value]) => value > 0));
    },
  };
}

test('reads events back once HubSpot has had its time, counts each once, and names what is hidden', async () => {
  const { deliver, nextRun, counted, lines, stop, due } = await setUp();
  await deliver(KNOWN);
  const orphan = await deliver('f'.repeat(32));
  await nextRun();
  expect(await counted()).toEqual({});
  await nextRun();
  await nextRun();
  expect(await counted()).toEqual({
    'hubrelay.events.verified listed': 1,
    'hubrelay.events.verified unknown_contact': 1,
  });
  expect(lines.filter(({ level }) => level === 'warn')).toEqual([
    {
      level: 'warn',
      fields: { reason: 'unknown_contact', events: 1, uuids: [orphan] },
      message: 'HubSpot does not show events that it acknowledged',
    },
  ]);
  stop();
  expect(due).toEqual([]);
});

test('a token that cannot read is a failure of the run, not of an event', async () => {
  const { deliver, nextRun, counted, lines } = await setUp('wrong');
  await deliver(KNOWN);
  await nextRun();
  await nextRun();
  expect(await counted()).toEqual({ 'hubrelay.verify.failures runs': 1 });
  expect(lines.at(-1)).toMatchObject({
    level: 'error',
    fields: { problem: expect.stringContaining('HUBSPOT_READ_TOKEN (401)') },
  });
});
