import type { Suspect } from './outbox.ts';

/** @returns the least that the suspicion becomes, and what is added to it */
export function suspicionAfter(suspect: Suspect | undefined): [least: number, more: number] {
  if (suspect === undefined) return [0, 0];
  return suspect === 'together' ? [1, 0] : [2, 1];
}

/** Of the times that there are. */
export function earliest(times: readonly unknown[]): number | undefined {
  const known = times.filter((time) => typeof time === 'number');
  return known.length === 0 ? undefined : Math.min(...known);
}
