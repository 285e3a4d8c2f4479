import { logCall } from '../delivery/log-call.ts';
import type { CallReport } from '../delivery/send-events.ts';
import type { Logger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { Readiness } from '../options.ts';

/** The calls to HubSpot of a direct relay, which has no deliverer to keep an eye on them. */
export interface WatchedCalls {
  readonly onCall: (report: CallReport) => void;
  /** By what HubSpot said last to this process (on Workers: to this isolate): not ready while an owner has to act. */
  readonly readiness: () => Promise<Readiness>;
}

/** A relay that was taken out of service makes no calls, and must be able to come back. */
const FORGOTTEN_AFTER_MS = 300_000;

/** Logs and counts each call, and remembers what the last one came to. */
export function watchCalls(log: Logger, now: () => number = Date.now): WatchedCalls {
  const logged = logCall(log);
  const { called } = createMetrics();
  let last: { readonly at: number; readonly outcome: CallReport['outcome'] } | undefined;
  return {
    onCall(report) {
      logged(report);
      called(report);
      last = { at: now(), outcome: report.outcome };
    },
    async readiness() {
      const isRecent = last !== undefined && Math.abs(now() - last.at) < FORGOTTEN_AFTER_MS;
      if (!last || !isRecent || !('cause' in last.outcome)) {
        return { ready: true, details: { lane: { state: 'open' } } };
      }
      const { kind, cause } = last.outcome;
      const state = kind === 'pause' ? 'paused' : 'backing_off';
      return { ready: kind !== 'pause', details: { lane: { state, cause, since: last.at } } };
    },
  };
}
