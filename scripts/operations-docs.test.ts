import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { beforeAll, expect, test } from 'vitest';
import { createMetrics } from '../packages/relay/src/delivery/metrics.ts';
import { observeQueue } from '../packages/relay/src/delivery/observe-queue.ts';
import type { Outbox } from '../packages/relay/src/outbox/outbox.ts';
import { createPageReports } from '../packages/relay/src/receive/page-reports.ts';
import { meterTally } from '../packages/relay/src/receive/tally.ts';
import { createVerifyMetrics } from '../packages/relay/src/verify/scheduled-sample.ts';
import { findProgram } from './find-program.ts';

const FOLDER = join(import.meta.dirname, '../docs/operations');

/** Everything that the relay can measure, as Prometheus gets to read it before anything has happened. */
async function exportEverything(): Promise<string> {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('hubrelay');
  const metrics = createMetrics(meter);
  meterTally(meter);
  createPageReports(['https://www.example.com'], { meter });
  createVerifyMetrics(meter);
  const outbox = { stats: async () => ({ pending: 0, dead: 0 }) } as Outbox;
  const clock = { now: Date.now, monotonic: Date.now, schedule: () => () => {} };
  observeQueue(meter, { outbox, clock, lane: () => ({ state: 'open' }) });
  // A histogram cannot begin at 0: its series are there from the first call to HubSpot on.
  const answer = { kind: 'response', status: 204 } as const;
  const outcome = { kind: 'delivered' } as const;
  metrics.called({
    events: [],
    attempts: 0,
    answer,
    outcome,
    startedAt: 0,
    durationMs: 1,
    isWitness: true,
  });
  metrics.delivered([1]);
  const { resourceMetrics } = await reader.collect();
  return new PrometheusSerializer().serialize(resourceMetrics);
}

/** Name and labels of every series. */
let measured: (readonly [name: string, labels: Readonly<Record<string, string>>])[];

beforeAll(async () => {
  measured = seriesIn(await exportEverything());
});

function seriesIn(text: string): typeof measured {
  const all = text.matchAll(/\b(hubrelay_\w+)(?:\{(.*?)\})?(?=[^\w{])/g);
  return [...all].map(([, name = '', labels = '']) => [name, labelsIn(labels)]);
}

function labelsIn(text: string): Record<string, string> {
  const all = text.matchAll(/(\w+)\s*(?:=|!=|=~|!~)\s*\\?"(.*?)\\?"/g);
  return Object.fromEntries([...all].map(([, name, value]) => [name, value]));
}

/** Prometheus adds these. */
const OF_THE_SCRAPE = ['job', 'instance', 'le'];

function isMeasured([name, labels]: (typeof measured)[number]): boolean {
  const asked = Object.entries(labels).filter(([label]) => !OF_THE_SCRAPE.includes(label));
  return asked.every(([label, values]) =>
    values
      .split('|')
      .every((value) => measured.some(([known, has]) => known === name && has[label] === value)),
  );
}

test.each(['alerts.yml', 'alerts.test.yml', 'grafana-dashboard.json'])(
  'docs/operations/%s asks only for what is measured, by labels and values that there are',
  (file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8').replace(/^\s*#.*$/gm, '');
    const asked = seriesIn(text);
    expect(asked.length).toBeGreaterThan(5);
    const names = new Set(measured.map(([name]) => name));
    expect(asked.filter((series) => !names.has(series[0]) || !isMeasured(series))).toEqual([]);
  },
);

const OF_EVERY_SERIES = ['le', 'otel_scope_name'];

test('docs/operations/metrics.md names every metric with its labels, and no other', () => {
  const page = readFileSync(join(FOLDER, 'metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(hubrelay_\w+)` \|(.*?)\|/gm)];
  const documented = rows.map(([, name, labels = '']) => [name, labels.match(/\w+/g) ?? []]);
  const found = new Map<string, Set<string>>();
  for (const [name, labels] of measured) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    const known = found.get(base) ?? new Set();
    for (const label of Object.keys(labels)) {
      if (!OF_EVERY_SERIES.includes(label)) known.add(label);
    }
    found.set(base, known);
  }
  expect(documented.toSorted()).toEqual(
    [...found].map(([name, labels]) => [name, [...labels]]).toSorted(),
  );
});

test('every counter has an alert or a panel', () => {
  const shown = ['alerts.yml', 'grafana-dashboard.json']
    .map((file) => readFileSync(join(FOLDER, file), 'utf8'))
    .join();
  const counters = measured.map(([name]) => name).filter((name) => name.endsWith('_total'));
  expect(new Set(counters).size).toBeGreaterThan(10);
  expect(counters.filter((name) => !shown.includes(name))).toEqual([]);
});

test('what several relays tell of one outbox is never added up', () => {
  const gauges = new Set(measured.map(([name]) => name).filter((name) => !isCounted(name)));
  expect(gauges.size).toBeGreaterThan(3);
  for (const file of ['alerts.yml', 'grafana-dashboard.json']) {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const summed = [...text.matchAll(/\b(?:sum|count|avg)\b[^()]*\((hubrelay_\w+)/g)];
    expect(summed.filter(([, name = '']) => gauges.has(name))).toEqual([]);
  }
});

const isCounted = (name: string) => /_(total|bucket|sum|count)$/.test(name);

const promtool = findProgram('promtool');

test.skipIf(!promtool)(
  'every alert rule fires when it should, and none on a quiet day',
  async () => {
    const args = ['test', 'rules', join(FOLDER, 'alerts.test.yml')];
    const { stdout } = await promisify(execFile)(String(promtool), args);
    expect(stdout).toContain('SUCCESS');
    const rules = readFileSync(join(FOLDER, 'alerts.yml'), 'utf8');
    const played = readFileSync(join(FOLDER, 'alerts.test.yml'), 'utf8');
    const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(names.filter((name) => !played.includes(`alertname="${name}"`))).toEqual([]);
  },
);
