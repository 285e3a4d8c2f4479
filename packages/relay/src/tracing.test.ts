import { type Tracer, trace } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { batch, event, relayThat } from '../test/support/relay-that.ts';

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

test('a span is called by its route, whatever path a stranger chooses', async () => {
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
