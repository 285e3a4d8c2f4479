import type { Clock } from '../core/clock.ts';
import type { Limiter, LimitScope, Verdict } from '../limit/limiter.ts';
import type { Logger } from '../observe/log.ts';
import type { NoteRefusal } from './note-refusal.ts';
import type { Tally } from './tally.ts';

/** A limiter that takes longer (its database hangs) would cost more than it protects. */
const PATIENCE_MS = 500;

export interface LimitTools {
  readonly clock: Clock;
  readonly log: Logger;
  readonly tally: Tally;
  readonly noteRefusal: NoteRefusal;
}

/** Asks a limiter. A failing one lets everybody through: a limit is there to keep the relay up, not to take it down. */
export async function takePoints(
  limiter: Limiter | undefined,
  scope: LimitScope,
  key: string | undefined,
  points: number,
  { clock, log, tally, noteRefusal }: LimitTools,
): Promise<Verdict> {
  if (!limiter || key === undefined) return { ok: true };
  try {
    const verdict = await inTime(limiter.take(`${scope}:${key}`, points), clock);
    if (!verdict.ok) {
      tally('rate_limited', scope, 1);
      noteRefusal('refused requests over a rate limit', scope);
    }
    return verdict;
  } catch (error) {
    tally('limiter_failed', scope, 1);
    log.error({ err: error, scope }, 'the rate limiter failed: letting everybody through');
    return { ok: true };
  }
}

function inTime<T>(work: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = clock.schedule(
      () => reject(new Error(`no answer within ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    );
    work.then(resolve, reject).finally(callOff);
  });
}
