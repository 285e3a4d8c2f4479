/** Why events wait in a page, or why it let go of them, as the page's script writes it, and as the relay counts it. */
const REASONS = {
  waiting: { hubspotutk: 'no_visitor', 'identify()': 'no_identity' },
  dropped: {
    expired: 'expired',
    rejected: 'rejected',
    too_large: 'too_large',
    outbox_full: 'outbox_full',
  },
} as const;

export type WaitingReason = 'no_visitor' | 'no_identity';
export type PageDropReason = 'expired' | 'rejected' | 'too_large' | 'outbox_full';

/**
 * What a page tells its owner of events that do not arrive. It is posted where events are, as
 * `{"report": {"hubspotutk": 3}, "ageMs": 12000}`: a number of events by reason, and nothing about the visitor.
 */
export interface PageReport {
  readonly waiting: Readonly<Partial<Record<WaitingReason, number>>>;
  readonly dropped: Readonly<Partial<Record<PageDropReason, number>>>;
  /** Age of the oldest waiting event, milliseconds. */
  readonly oldestMs?: number;
}

/** The outbox of a page holds at most this many, so more is not counted. */
const MAX_EVENTS = 2_000;
/** Events expire in a page after 7 days. */
const MAX_AGE_MS = 604_800_000;

/** Reads a page's report, if a body is one: one with events is a batch. Unknown reasons are left out; figures are cut to what a page can hold. */
export function parsePageReport(input: unknown): PageReport | undefined {
  if (!isRecord(input) || Object.hasOwn(input, 'events')) return undefined;
  if (!Object.hasOwn(input, 'report') || !isRecord(input.report)) return undefined;
  const { report, ageMs } = input;
  const isAge = typeof ageMs === 'number' && ageMs >= 0;
  return {
    waiting: counted(report, REASONS.waiting),
    dropped: counted(report, REASONS.dropped),
    ...(isAge && { oldestMs: Math.min(Math.round(ageMs), MAX_AGE_MS) }),
  };
}

function counted<Reason extends string>(
  report: Record<string, unknown>,
  reasons: Readonly<Record<string, Reason>>,
): Partial<Record<Reason, number>> {
  const counts: Partial<Record<Reason, number>> = {};
  for (const [word, reason] of Object.entries(reasons)) {
    const count = Object.hasOwn(report, word) ? report[word] : 0;
    if (typeof count === 'number' && count >= 1)
      counts[reason] = Math.min(Math.floor(count), MAX_EVENTS);
  }
  return counts;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
