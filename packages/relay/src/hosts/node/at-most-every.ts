import { type Clock, systemClock } from '../../core/clock.ts';

/** Looks again only after `intervalMs`; callers in between get the same answer. For looks that anyone may ask for. */
export function atMostEvery<T>(
  intervalMs: number,
  look: () => Promise<T>,
  clock: Clock = systemClock,
): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = clock.monotonic();
    const isFresh = last !== undefined && now - last.at < intervalMs;
    if (!last || !isFresh) last = { at: now, answer: look() };
    return last.answer;
  };
}
