import type { WireEvent } from '@hubrelay/protocol';

/**
 * Why an event will never arrive.
 * - `rejected`: the relay will never accept it; the detail says why.
 * - `too_large`: over 60,000 bytes by itself, or too large for the relay.
 * - `outbox_full`: too much is waiting already.
 * - `expired`: a page found it after more than 7 days.
 * - `before_send`: the `beforeSend` hook dropped it, failed, or returned what is no JSON.
 * - `denied`: no consent, Global Privacy Control, HubSpot's do-not-track cookie, `disable()`, or no page to send from.
 */
export type DropReason =
  | 'rejected'
  | 'too_large'
  | 'outbox_full'
  | 'expired'
  | 'before_send'
  | 'denied';

/** What became of an event: the relay has it, or it will never arrive. */
export type Outcome = 'accepted' | DropReason;

/** Called with the events that will never arrive. `detail` is what the relay said, if it said anything. */
export type OnDrop = (events: WireEvent[], reason: DropReason, detail?: string) => void;
