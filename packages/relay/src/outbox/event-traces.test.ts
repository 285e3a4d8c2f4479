import {
  type Context,
  context,
  type Link,
  type Span,
  type SpanContext,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { event } from '../../test/support/events.ts';
import { createEventTraces } from './event-traces.ts';

const spanOf = (digit: string): SpanContext => ({
  traceId: digit.repeat(32),
  spanId: digit.repeat(16),
  traceFlags: 1,
});
const a = spanOf('a');
const b = spanOf('b');
const ofDeliverer = spanOf('d');

/** What a tracer of an SDK was asked for. */
let started: { readonly name: string; readonly links: readonly Link[] }[];

beforeEach(() => {
  started = [];
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const span = trace.wrapSpanContext(ofDeliverer);
  const startActiveSpan = (
    name: string,
    { links = [] }: { links?: Link[] },
    parent: Context,
    run: (span: Span) => unknown,
  ) => {
    started.push({ name, links });
    return context.with(trace.setSpan(parent, span), () => run(span));
  };
  trace.setGlobalTracerProvider({
    getTracer: () => ({ startActiveSpan }) as unknown as Tracer,
  });
});

afterEach(() => {
  context.disable();
  trace.disable();
});

const within = <T>(span: SpanContext, run: () => T) =>
  context.with(trace.setSpanContext(context.active(), span), run);

const activeTrace = async () => trace.getSpanContext(context.active())?.traceId;

const json = (...numbers: number[]) => numbers.map((number) => JSON.stringify(event(number)));

test('a call whose events came in by one trace is a step of that trace', async () => {
  const traces = createEventTraces();
  within(a, () => traces.remember([event(1), event(2)]));
  expect(await traces.carry(json(1, 2), activeTrace)).toBe(a.traceId);
  expect(started).toEqual([]);
});

test('a call whose events came in by several has links to all of them', async () => {
  const traces = createEventTraces();
  within(a, () => traces.remember([event(1), event(2)]));
  within(b, () => traces.remember([event(3)]));
  expect(await traces.carry(json(1, 2, 3, 4), activeTrace)).toBe(ofDeliverer.traceId);
  expect(started).toEqual([{ name: 'deliver events', links: [{ context: a }, { context: b }] }]);
});

test('an event that was not traced does not lend its call to the trace of another', async () => {
  const traces = createEventTraces();
  within(a, () => traces.remember([event(1)]));
  expect(await traces.carry(json(2, 1), activeTrace)).toBe(ofDeliverer.traceId);
  expect(started).toMatchObject([{ links: [{ context: a }] }]);
});

test('without a trace nothing is begun', async () => {
  const traces = createEventTraces();
  traces.remember([event(1)]);
  expect(await traces.carry(json(1), activeTrace)).toBeUndefined();
  expect(started).toEqual([]);
});

test('only the newest events are remembered', async () => {
  const traces = createEventTraces(2);
  within(a, () => traces.remember([event(1), event(2), event(3)]));
  expect(await traces.carry(json(1), activeTrace)).toBeUndefined();
  expect(await traces.carry(json(2, 3), activeTrace)).toBe(a.traceId);
});
