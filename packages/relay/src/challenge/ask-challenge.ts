import type { WireBatch } from '@hubrelay/protocol';
import type { Challenge, ChallengeVerdict } from './challenge.ts';

/** What the challenge says about a batch. */
export interface Challenged {
  readonly verdict: ChallengeVerdict;
  /** Whether the verdict concerns this event. */
  concerns(eventName: string): boolean;
}

/** Checks the answer once for the whole batch, and only when an event in it needs one. */
export async function askChallenge(
  batch: WireBatch,
  address: string | undefined,
  challenge: Challenge | undefined,
): Promise<Challenged> {
  const concerns = (eventName: string) =>
    challenge?.events.includes(eventName.replace(/^pe\d+_/, '')) ?? false;
  const first = batch.events.find((event) => concerns(event.eventName));
  if (!challenge || !first) return { verdict: 'passed', concerns };
  if (batch.challenge === undefined) return { verdict: 'failed', concerns };
  const answer = { token: batch.challenge, address, idempotencyKey: first.uuid };
  return { verdict: await challenge.verify(answer), concerns };
}
