import type { Acceptance, Acceptor, NotNow } from './acceptor.ts';

export interface WatchedAcceptor extends Acceptor {
  /** Why events were not accepted lately, unless some have been since. */
  trouble(): NotNow['reason'] | undefined;
}

/** A relay that was taken out of service hears of no events, and must be able to come back. */
const FORGOTTEN_AFTER_MS = 60_000;

/**
 * Remembers how it went: whether a disk takes a write is known best by the last one.
 * @param now milliseconds, by a clock that cannot be set
 */
export function watchAcceptor(acceptor: Acceptor, now: () => number): WatchedAcceptor {
  let last: Acceptance | undefined;
  let lastAt = 0;
  return {
    async accept(events, sender) {
      last = await acceptor.accept(events, sender);
      lastAt = now();
      return last;
    },
    trouble() {
      const isRecent = now() - lastAt < FORGOTTEN_AFTER_MS;
      return isRecent && last?.kind === 'not_now' ? last.reason : undefined;
    },
  };
}
