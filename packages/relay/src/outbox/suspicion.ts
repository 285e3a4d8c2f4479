import type { ClaimFrom, Suspect } from './outbox.ts';

/** The events of each kind of claim, as a condition of SQL. The partial indexes of both databases have the same conditions. */
export const CLAIMED_KIND: Readonly<Record<ClaimFrom, string>> = {
  fresh: 'suspicion = 0',
  newest: 'suspicion = 0',
  suspects: 'suspicion > 0',
  new_suspects: 'suspicion > 0 AND suspicion <= 2',
};

/** In which order they are taken, as SQL. */
export const CLAIMED_ORDER: Readonly<Record<ClaimFrom, string>> = {
  fresh: 'due_at, seq',
  newest: 'due_at DESC, seq DESC',
  suspects: 'due_at, seq',
  new_suspects: 'suspicion, due_at DESC, seq DESC',
};

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
