import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Meter, MetricOptions } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { createMetrics } from '../packages/relay/src/metrics.ts';
import { observeQueue } from '../packages/relay/src/observe-queue.ts';
import { meterTally } from '../packages/relay/src/receive/tally.ts';

const FOLDER = join(import.meta.dirname, '../docs/operations');

/** The names under which Prometheus knows what the relay measures. */
function prometheusNames(): Set<string> {
  const names = new Set<string>();
  const base = (name: string, options: MetricOptions = {}) =>
    name.replaceAll('.', '_') + (options.unit === 's' ? '_seconds' : '');
  const meter = {
    createCounter: (name: string, options?: MetricOptions) =>
      names.add(`${base(name, options)}_total`),
    createObservableGauge: (name: string, options?: MetricOptions) =>
      names.add(base(name, options)),
    createHistogram: (name: string, options?: MetricOptions) => {
      for (const part of ['bucket', 'sum', 'count']) names.add(`${base(name, options)}_${part}`);
    },
    addBatchObservableCallback() {},
  } as unknown as Meter;
  createMetrics(meter);
  meterTally(meter);
  observeQueue(meter, {} as never);
  return names;
}

test.each(['alerts.yml', 'grafana-dashboard.json'])(
  'docs/operations/%s asks only for what is measured',
  (file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8').replace(/^\s*#.*$/gm, '');
    const asked = [...text.matchAll(/\bhubrelay_\w+/g)].map(([name]) => name);
    const measured = prometheusNames();
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !measured.has(name))).toEqual([]);
  },
);
