import { propagation, type Tracer, trace } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { batch, event, relayThat } from '../../test/support/relay-that.ts';

/** What a tracing backend would get to see, without an SDK. */
function spanNames(): string[] {
  const names: string[] = [];
  const startActiveSpan = (_name: string, ...rest: unknown[]) => {
    const span = { updateName: (name: string) => names.push(name), setAttribute() {}, end() {} };
    return (rest.at(-1) as (it: unknown) => unknown)({ ...span, setStatus() {} });
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startActiveSpan }) as unknown as Tracer });
  onTestFinished(() => trace.disable());
  return names;
}

test('a span is called by its route, whatever path a client chooses', async () => {
  const names = spanNames();
  const { app, post } = relayThat();
  await post(batch(event()));
  await app.request('/livez');
  await app.request('/jane@shop.example');
  await app.request('/v1/events/jane@shop.example');
  expect(names.slice(0, 2)).toEqual(['POST /v1/events', 'GET /livez']);
  expect(new Set(names.slice(2)).size).toBe(1);
  expect(names.join()).not.toContain('@');
});

test('of a caller’s trace the text that it chose is not read', async () => {
  const read: Record<string, unknown> = {};
  propagation.setGlobalPropagator({
    extract(context, carrier, getter) {
      for (const name of ['traceparent', 'tracestate', 'baggage']) {
        read[name] = getter.get(carrier, name);
      }
      read.keys = getter.keys(carrier);
      return context;
    },
    inject() {},
    fields: () => [],
  });
  onTestFinished(() => propagation.disable());
  const headers = { traceparent: '00-1', tracestate: 'a=b', baggage: 'c=d' };
  await relayThat().app.request('/livez', { headers });
  expect(read).toEqual({ traceparent: '00-1', keys: ['traceparent'] });
});
