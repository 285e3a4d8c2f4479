import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { tracer } from '../observe/tracing.ts';
import type { HubSpotAnswer } from './answer.ts';

/** Makes a call to HubSpot a step of the trace. @param call gets the headers that carry the trace on */
export function traceCall(
  path: string,
  call: (traceHeaders: Record<string, string>) => Promise<HubSpotAnswer>,
): Promise<HubSpotAnswer> {
  return tracer().startActiveSpan(`POST ${path}`, { kind: SpanKind.CLIENT }, async (span) => {
    const headers: Record<string, string> = {};
    propagation.inject(trace.setSpan(context.active(), span), headers);
    const answer = await call(headers);
    if (answer.kind === 'failure')
      span.setStatus({ code: SpanStatusCode.ERROR, message: answer.reason });
    else span.setAttribute('http.response.status_code', answer.status);
    span.end();
    return answer;
  });
}
