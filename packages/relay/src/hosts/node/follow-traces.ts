import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

/**
 * Follows `traceparent` (https://www.w3.org/TR/trace-context/) in this process. An OpenTelemetry SDK that was registered
 * before stays in charge.
 */
export function followTraces(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}

/** The trace that the running code is part of, for a log line. */
export function traceFields(): Record<string, string> {
  const traceId = trace.getActiveSpan()?.spanContext().traceId;
  return traceId === undefined || /^0+$/.test(traceId) ? {} : { traceId };
}
