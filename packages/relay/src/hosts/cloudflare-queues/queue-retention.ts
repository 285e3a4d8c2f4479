import { DURABILITY, type Durability, HORIZON_HOURS } from '../durability.ts';

/** A Worker cannot ask its queue for how long it keeps messages, so its owner says it. */
export type QueueRetention =
  | { readonly problem: string }
  | { readonly durability: Durability; readonly warning?: string };

/** A message is renewed when it is six hours old, and may have been put off for twelve before: put-off.ts */
const RENEWED_WITHIN_HOURS = 18;
/** https://developers.cloudflare.com/queues/platform/limits/ */
const MAX_HOURS = 336;

/** @param text the variable QUEUE_RETENTION_HOURS */
export function queueRetention(text: string | undefined): QueueRetention {
  if (text === undefined || text === '') return { durability: DURABILITY.queue, warning: UNKNOWN };
  const hours = Number(text);
  if (!Number.isInteger(hours) || hours > MAX_HOURS) {
    return { problem: `QUEUE_RETENTION_HOURS is "${text}": write hours, up to ${MAX_HOURS}` };
  }
  if (hours <= RENEWED_WITHIN_HOURS) {
    return {
      problem: `QUEUE_RETENTION_HOURS is ${hours}: the queue deletes events before the relay renews them, which takes up to ${RENEWED_WITHIN_HOURS} hours. ${HOW}`,
    };
  }
  const { keepsEventsFor, ...queue } = DURABILITY.queue;
  const durability = {
    ...queue,
    keepsEventsFor: keepsEventsFor.replace('the queue’s retention', `${hours} h`),
  };
  return hours < HORIZON_HOURS ? { durability, warning: tooShort(hours) } : { durability };
}

const HOW =
  'Set it: npx wrangler queues update hubrelay-events --message-retention-period-secs 345600 (not on the free plan), and QUEUE_RETENTION_HOURS';

const UNKNOWN = `it is not known for how long the queue keeps events: 4 days unless it was set, 24 hours on the free plan. Write it into QUEUE_RETENTION_HOURS`;

const tooShort = (hours: number) =>
  `the queue keeps events for ${hours} hours, less than the ${HORIZON_HOURS} that are promised: when the consumer does not run for so long (out of operations, broken, paused with wrangler), acknowledged events are lost. ${HOW}`;
