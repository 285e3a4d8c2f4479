import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Hono } from 'hono';
import { type Listening, listen } from './listen.ts';

/**
 * Registers OpenTelemetry's SDK for the process and serves what the core measures at `/metrics`, on a port of its own:
 * how much a site sells does not belong on the relay's public port.
 */
export async function startMetricsServer(port: number, hostname: string): Promise<Listening> {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const resource = resourceFromAttributes({ 'service.name': 'hubrelay' });
  metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: [reader] }));
  const serializer = new PrometheusSerializer();

  const app = new Hono();
  app.get('/metrics', async (c) => {
    const { resourceMetrics } = await reader.collect();
    return c.body(serializer.serialize(resourceMetrics), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    });
  });
  return listen({ fetch: app.fetch, port, hostname, shutdownTimeoutMs: 0 });
}
