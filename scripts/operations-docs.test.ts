import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { beforeAll, expect, test } from 'vitest';
import { createMetrics } from '../packages/relay/src/metrics.ts';
import { observeQueue } from '../packages/relay/src/observe-queue.ts';
import type { Outbox } from '../packages/relay/src/outbox/outbox.ts';
import { COUNTED, meterTally } from '../packages/relay/src/receive/tally.ts';

const FOLDER = join(import.meta.dirname, '../docs/operations');

/** Everything that the relay can measure, as Prometheus gets to read it. */
async function exportEverything(): Promise<string> {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('hubrelay');
  const metrics = createMetrics(meter);
  const answer = { kind: 'response', status: 204 } as const;
  const outcome = { kind: 'delivered' } as const;
  metrics.called({ events: [], attempts: 0, answer, outcome, startedAt: 0, durationMs: 1 });
  metrics.delivered([1]);
  metrics.dead(1, 'expired');
  const tally = meterTally(meter);
  for (const what of COUNTED) tally(what, 'any', 1);
  const outbox = { stats: async () => ({ pending: 0, dead: 0 }) } as Outbox;
  const clock = { now: Date.now, schedule: () => () => {} };
  observeQueue(meter, { outbox, clock, lane: () => ({ state: 'open' }) });
  const { resourceMetrics } = await reader.collect();
  return new PrometheusSerializer().serialize(resourceMetrics);
}

let measured: Set<string>;

beforeAll(async () => {
  measured = new Set((await exportEverything()).match(/^hubrelay_\w+/gm));
});

test.each(['alerts.yml', 'grafana-dashboard.json'])(
  'docs/operations/%s asks only for what is measured',
  (file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8').replace(/^\s*#.*$/gm, '');
    const asked = [...text.matchAll(/\bhubrelay_\w+/g)].map(([name]) => name);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !measured.has(name))).toEqual([]);
  },
);
