/**
 * Counts what the door does beside letting events through. Names and reasons are closed sets, never what a sender
 * wrote, so that they can be labels of a metric.
 */
export type Tally = (what: Counted, reason: string, count: number) => void;

export type Counted =
  | 'event_rejected'
  | 'property_dropped'
  | 'identity_failed'
  | 'rate_limited'
  | 'limiter_failed'
  | 'bot_refused';

export const noTally: Tally = () => {};
