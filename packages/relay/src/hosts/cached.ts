import { type Clock, systemClock } from '../core/clock.ts';

/**
 * Gives the last answer again for `forMs`. Unlike `atMostEvery` of the Node host it shares no look that is under way: on
 * Workers one request may not wait for what another has begun.
 */
export function cached<T>(
  forMs: number,
  look: () => Promise<T>,
  clock: Clock = systemClock,
): () => Promise<T> {
  let last: { readonly at: number; readonly answer: T } | undefined;
  return async () => {
    const now = clock.now();
    const isFresh = last !== undefined && now >= last.at && now - last.at < forMs;
    if (!last || !isFresh) last = { at: now, answer: await look() };
    return last.answer;
  };
}
