import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import type { HubSpotEvent } from '../hubspot/event.ts';

/**
 * Leads traces over the queue: from the request that brought an event to the call that takes it to HubSpot. In memory, for
 * the newest events of this process. docs/decisions/traces-over-the-queue.md
 */
export interface EventTraces {
  /** The events came in by the trace that is active now, if there is one. */
  remember(events: readonly HubSpotEvent[]): void;
  /** Makes a call a step of the one trace that all its events came in by, or of a new one that links to theirs. */
  carry<T>(events: readonly string[], call: () => Promise<T>): Promise<T>;
}

/** An event waits a fraction of a second when all is well: this many come in meanwhile at most. */
const MAX_EVENTS = 20_000;

export const noTraces: EventTraces = {
  remember() {},
  carry: (_, call) => call(),
};

export function createEventTraces(maxEvents = MAX_EVENTS): EventTraces {
  const spans = new Map<string, SpanContext>();

  function forgetOldest(): void {
    for (const uuid of spans.keys()) {
      if (spans.size <= maxEvents) return;
      spans.delete(uuid);
    }
  }

  return {
    remember(events) {
      const span = trace.getSpanContext(context.active());
      if (span === undefined || !isSpanContextValid(span)) return;
      for (const { uuid } of events) spans.set(uuid, span);
      forgetOldest();
    },

    carry(events, call) {
      // Most owners trace nothing: then no event is looked into.
      if (spans.size === 0) return call();
      const found = events.map((json) => spans.get((JSON.parse(json) as HubSpotEvent).uuid));
      const [first, ...others] = new Set(found);
      if (first !== undefined && others.length === 0) {
        return context.with(trace.setSpanContext(ROOT_CONTEXT, first), call);
      }
      const links = [first, ...others].flatMap((span) => (span ? [{ context: span }] : []));
      return links.length === 0 ? call() : inLinkedSpan(links, call);
    },
  };
}

function inLinkedSpan<T>(
  links: readonly { readonly context: SpanContext }[],
  call: () => Promise<T>,
): Promise<T> {
  const options = { kind: SpanKind.INTERNAL, links: [...links] };
  const tracer = trace.getTracer('hubrelay');
  return tracer.startActiveSpan('deliver events', options, ROOT_CONTEXT, (span) =>
    call().finally(() => span.end()),
  );
}
