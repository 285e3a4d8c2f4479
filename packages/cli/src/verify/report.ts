import { type VerdictReason, type VerifiedEvent, wordsOf } from '@hubrelay/relay';

/** How many events ended how. */
export interface VerifyReport {
  readonly checked: number;
  /** How many were delivered in the time that was asked for, as far as the relay knows. */
  readonly delivered: number;
  /** ISO 8601. What was delivered before is not in the sample. */
  readonly since: string;
  readonly states: Readonly<Record<string, number>>;
  readonly events: readonly VerifiedEvent[];
}

const STATES = {
  shown: 'shown',
  not_shown_yet: 'not shown yet',
  not_shown: 'NOT SHOWN',
  cannot_be_known: 'cannot be known',
} as const;

/** One line about one event. */
export function lineOf({ event, state, reason }: VerifiedEvent): string {
  const why = state === 'shown' ? '' : ` (${reason})`;
  return `${event.occurredAt}  ${event.uuid}  ${event.eventName}  ${STATES[state]}${why}`;
}

export function reportOf(
  events: readonly VerifiedEvent[],
  { delivered, since }: { readonly delivered: number; readonly since: number },
): VerifyReport {
  const states = Object.keys(STATES).map((state) => [
    state,
    events.filter((event) => event.state === state).length,
  ]);
  return {
    checked: events.length,
    delivered,
    since: new Date(since).toISOString(),
    states: Object.fromEntries(states),
    events,
  };
}

/** Each reason with how often and what it means, the most frequent first. */
export function summaryOf({ checked, delivered, since, states, events }: VerifyReport): string {
  const counts = Object.entries(STATES).map(([state, name]) => `${states[state]} ${name}`);
  const reasons = new Map<VerdictReason, number>();
  for (const { state, reason } of events) {
    if (state !== 'shown') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const lines = [...reasons]
    .sort(([, one], [, other]) => other - one)
    .map(([reason, count]) => `  ${count} × ${reason}: ${wordsOf(reason)}`);
  return [
    `Checked ${checked} of ${delivered} delivered events (the relay remembers them since ${since}): ${counts.join(', ')}.`,
    ...lines,
  ].join('\n');
}
