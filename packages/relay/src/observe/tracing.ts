import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';

/**
 * Traces by OpenTelemetry's API: without an SDK, which the owner may register, no span is recorded, and where a host has
 * registered W3C's propagator the caller's `traceparent` still goes on to the log and to HubSpot.
 */
export const tracer = () => trace.getTracer('hubrelay');

/** Text that anyone can choose, and that would go on to HubSpot and to every backend of traces. An id may go on. */
const NOT_FOLLOWED = new Set(['tracestate', 'baggage']);

const headersGetter = {
  get: (headers: Headers, name: string) =>
    NOT_FOLLOWED.has(name.toLowerCase()) ? undefined : (headers.get(name) ?? undefined),
  keys: (headers: Headers) => [...headers.keys()].filter((name) => !NOT_FOLLOWED.has(name)),
};

/** Takes a request as the next step of its caller's trace. */
export const followTrace: MiddlewareHandler = (c, next) => {
  const parent = propagation.extract(context.active(), c.req.raw.headers, headersGetter);
  const { method } = c.req;
  return tracer().startActiveSpan(method, { kind: SpanKind.SERVER }, parent, async (span) => {
    await next();
    // The route, never the path: clients choose paths without end.
    span.updateName(`${method} ${routePath(c, -1)}`);
    span.setAttribute('http.response.status_code', c.res.status);
    if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
};
