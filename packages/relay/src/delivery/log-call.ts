import type { LogFields, Logger } from '../log.ts';
import type { Outcome } from '../outcome.ts';
import type { CallReport } from './send-events.ts';

/**
 * Writes one line per call to HubSpot. HubSpot keeps no log of these calls (they are exempt from its rate limits), so this one is
 * the record.
 */
export function logCall(log: Logger): (report: CallReport) => void {
  return (report) => log[levels[report.outcome.kind]](fieldsOf(report), 'hubspot call');
}

const levels: Readonly<Record<Outcome['kind'], keyof Logger>> = {
  delivered: 'info',
  split: 'warn',
  refused: 'warn',
  retry: 'warn',
  pause: 'error',
};

function fieldsOf({ events, attempts, answer, outcome, durationMs }: CallReport): LogFields {
  return {
    events: events.length,
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
