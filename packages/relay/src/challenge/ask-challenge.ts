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
  const protectedOnes = batch.events.filter((event) => concerns(event.eventName));
  if (!challenge || protectedOnes.length === 0) return { verdict: 'passed', concerns };
  const { challenge: token } = batch;
  if (token === undefined || token.length > MAX_TOKEN_CHARS) return { verdict: 'failed', concerns };
  const idempotencyKey = await keyOf(protectedOnes.map(({ uuid }) => uuid));
  return { verdict: await challenge.verify({ token, address, idempotencyKey }), concerns };
}

/** Turnstile's have at most 2,048; hCaptcha says nothing, and has longer ones. */
const MAX_TOKEN_CHARS = 8_192;

/**
 * A UUID that stands for exactly these events. The service takes a used answer again under the same key; were it one that the
 * page can choose, such as the first uuid, one solved challenge would be good for any number of other events.
 */
async function keyOf(uuids: readonly string[]): Promise<string> {
  const text = new TextEncoder().encode([...uuids].sort().join());
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}
