import type { Clock } from '../core/clock.ts';
import type { LogFields, Logger } from '../observe/log.ts';

/** Of the same message and reason the log has a line a minute at most. */
const SILENCE_MS = 60_000;

/**
 * Tells of a refusal that any client can cause as often as it likes. The line says how many there were since the line before it;
 * the metrics count all of them.
 * @param reason from a closed set, never what a sender wrote
 */
export type NoteRefusal = (message: string, reason: string, fields?: LogFields) => void;

export function createRefusalLog(log: Logger, clock: Pick<Clock, 'monotonic'>): NoteRefusal {
  const kinds = new Map<string, { toldAtMs: number; untold: number }>();
  return (message, reason, fields = {}) => {
    const kind = `${message} ${reason}`;
    const { toldAtMs, untold } = kinds.get(kind) ?? { toldAtMs: -Infinity, untold: 0 };
    const now = clock.monotonic();
    const isTold = now - toldAtMs >= SILENCE_MS;
    const times = untold + 1;
    kinds.set(kind, isTold ? { toldAtMs: now, untold: 0 } : { toldAtMs, untold: times });
    if (isTold) log.warn({ ...fields, reason, times }, message);
  };
}
