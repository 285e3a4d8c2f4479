import type { Claim, Outbox } from '../outbox/outbox.ts';
import type { Retry } from '../outcome.ts';
import { backoffMs } from './backoff.ts';
import type { SendResult } from './send-events.ts';

export interface SettleTools {
  readonly outbox: Outbox;
  readonly random: () => number;
}

/** Writes what became of claimed events to the outbox. */
export async function settle(result: SendResult<Claim>, tools: SettleTools): Promise<void> {
  const { items, outcome, mayBeApplied } = result;
  const { outbox } = tools;
  switch (outcome.kind) {
    case 'delivered':
      return outbox.ack(items);
    case 'refused':
      return outbox.bury(items, 'refused_by_hubspot', outcome.error);
    case 'pause':
      // Due at once: the lane decides when it is tried.
      return outbox.retry(items, {
        delayMs: 0,
        countAttempt: mayBeApplied,
        error: outcome.error,
      });
    case 'retry':
      return postpone(result, outcome, tools);
  }
}

async function postpone(result: SendResult<Claim>, outcome: Retry, tools: SettleTools) {
  const { items, wasSent, mayBeApplied } = result;
  const { outbox, random } = tools;
  const { notBeforeMs, error } = outcome;
  for (const group of groupsOf(items)) {
    // What was not sent did not fail: however often it failed before, its turn comes soon.
    const attempts = wasSent ? Math.max(...group.map((claim) => claim.attempts)) : 0;
    const delayMs = backoffMs(attempts, notBeforeMs, random);
    await outbox.retry(group, { delayMs, countAttempt: mayBeApplied, error });
  }
}

const TRIES_TOGETHER = 2;
const GROUPS = 16;

/**
 * A batch that fails goes again as a batch, which is cheapest when HubSpot is down. When it fails time and again, one of its
 * events may be what HubSpot answers 500 to: then it goes again in parts at different times, so that the others get away.
 */
function groupsOf(claims: readonly Claim[]): Claim[][] {
  const isSuspect = (claim: Claim) => claim.attempts >= TRIES_TOGETHER;
  const fresh = claims.filter((claim) => !isSuspect(claim));
  const suspects = claims.filter(isSuspect);
  const size = Math.ceil(suspects.length / GROUPS);
  const parts = Array.from({ length: GROUPS }, (_, part) =>
    suspects.slice(part * size, (part + 1) * size),
  );
  return [fresh, ...parts].filter((group) => group.length > 0);
}
