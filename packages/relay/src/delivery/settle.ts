import type { Pause, Retry } from '../hubspot/outcome.ts';
import type { Claim, Outbox } from '../outbox/outbox.ts';
import { backoffMs } from './backoff.ts';
import { wishOf } from './lane.ts';
import type { SendResult } from './send-events.ts';

export interface SettleTools {
  readonly outbox: Outbox;
  readonly random: () => number;
}

/** Writes what became of claimed events to the outbox. @returns how many had no room among the dead letters */
export async function settle(result: SendResult<Claim>, tools: SettleTools): Promise<number> {
  const { items, outcome } = result;
  switch (outcome.kind) {
    case 'delivered':
      await tools.outbox.ack(items);
      return 0;
    case 'refused':
      return tools.outbox.bury(items, 'refused_by_hubspot', outcome.error);
    case 'pause':
    case 'retry':
      await postpone(result, outcome, tools);
      return 0;
  }
}

/** Events that failed together are soon looked at apart: most of them are not at fault. */
const TOGETHER_MS = 1000;
const LONGEST_WISH_TOGETHER_MS = 2000;

async function postpone(result: SendResult<Claim>, fault: Retry | Pause, tools: SettleTools) {
  const { items, suspect, mayBeApplied } = result;
  const { outbox, random } = tools;
  const how = {
    // What pauses everything is no try of one event.
    countAttempt: mayBeApplied && fault.kind === 'retry',
    mayHaveArrived: mayBeApplied,
    error: fault.error,
    ...(suspect && { suspect }),
  };
  if (suspect === 'alone') {
    for (const claim of items) {
      // Its first failure alone is the second step of its suspicion.
      const failedAlone = Math.max(0, claim.suspicion - 1);
      const delayMs = backoffMs(failedAlone, wishOf(fault), random);
      await outbox.retry([claim], { ...how, delayMs });
    }
    return;
  }
  const wishMs = Math.min(wishOf(fault), LONGEST_WISH_TOGETHER_MS);
  const delayMs = suspect === undefined ? 0 : Math.ceil(Math.max(random() * TOGETHER_MS, wishMs));
  await outbox.retry(items, { ...how, delayMs });
}
