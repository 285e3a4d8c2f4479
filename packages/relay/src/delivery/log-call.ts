import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Outcome } from '../hubspot/outcome.ts';
import type { LogFields, Logger, LogLevel } from '../observe/log.ts';
import { visitorMark } from '../observe/visitor-mark.ts';
import type { CallReport } from './send-events.ts';

/**
 * Writes one line per call to HubSpot. HubSpot keeps no log of these calls (they are exempt from its rate limits), so this one is
 * the record: which events went in which call, and what HubSpot's support needs to find it. Visitors are marks, not tokens.
 */
export function logCall(log: Logger): (report: CallReport) => void {
  return (report) => log[levels[report.outcome.kind]](fieldsOf(report), 'hubspot call');
}

const levels: Readonly<Record<Outcome['kind'], LogLevel>> = {
  delivered: 'info',
  split: 'warn',
  refused: 'warn',
  retry: 'warn',
  pause: 'error',
};

function fieldsOf({ events, attempts, answer, outcome, durationMs }: CallReport): LogFields {
  return {
    events: events.length,
    ...(events.length <= MOST_NAMED && namesOf(events)),
    attempt: attempts,
    durationMs,
    outcome: outcome.kind,
    ...('cause' in outcome && { cause: outcome.cause }),
    ...(answer.kind === 'response' && { status: answer.status }),
    ...(answer.kind === 'response' &&
      answer.correlationId !== undefined && { correlationId: answer.correlationId }),
    ...('error' in outcome && evidenceFields(outcome)),
  };
}

/** A line with five hundred of them would be 20 KB. The events of a larger call are told by its correlation id alone. */
const MOST_NAMED = 10;

function namesOf(events: readonly string[]): LogFields {
  const parsed = events.map((json) => JSON.parse(json) as HubSpotEvent);
  const visitors = new Set(parsed.flatMap(({ utk }) => (utk ? [visitorMark(utk)] : [])));
  const names = new Set(parsed.map(({ eventName }) => eventName));
  return {
    uuids: parsed.map(({ uuid }) => uuid),
    names: [...names],
    visitors: [...visitors],
  };
}

/** What HubSpot says about an event may quote its values, which may be personal: that goes to the dead letter only. */
function evidenceFields(outcome: Exclude<Outcome, { kind: 'delivered' }>): LogFields {
  const { category, policyName, message } = outcome.error;
  const isAboutEvents = outcome.kind === 'split' || outcome.kind === 'refused';
  return {
    ...(category !== undefined && { category }),
    ...(policyName !== undefined && { policyName }),
    ...(message !== undefined && !isAboutEvents && { message }),
  };
}
