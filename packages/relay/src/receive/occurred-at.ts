import type { WireBatch, WireEvent } from '@hubrelay/protocol';

/** A sender's clock this far ahead is wrong: nothing else puts `sentAt` into the future. */
const AHEAD_TOLERANCE_MS = 5_000;

/**
 * A clock that seems to be behind may be a request that the browser held back (fetchLater, a sleeping laptop),
 * so only a larger distance counts as a wrong clock.
 */
const BEHIND_TOLERANCE_MS = 10 * 60_000;

/** HubSpot takes back-dated events; a browser's outbox keeps them for 7 days, and a wrong clock must not write history. */
const MAX_AGE_MS = 30 * 24 * 3_600_000;

/**
 * When the event really happened, as ISO 8601: corrected by the sender's skew, never in the future, never older
 * than 30 days.
 */
export function occurredAt(event: WireEvent, batch: WireBatch, receivedAtMs: number): string {
  const skewMs = batch.sentAt - receivedAtMs;
  const clockIsWrong = skewMs > AHEAD_TOLERANCE_MS || skewMs < -BEHIND_TOLERANCE_MS;
  const corrected = clockIsWrong ? event.occurredAt - skewMs : event.occurredAt;
  const clamped = Math.min(receivedAtMs, Math.max(receivedAtMs - MAX_AGE_MS, corrected));
  return new Date(clamped).toISOString();
}
