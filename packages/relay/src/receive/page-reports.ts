import type { PageDropReason, PageReport, WaitingReason } from '@hubrelay/protocol';
import { type Meter, ValueType } from '@opentelemetry/api';
import { type Clock, systemClock } from '../core/clock.ts';
import { closedSet } from '../core/closed-set.ts';
import { relayMeter } from '../observe/meter.ts';

/** Adds up what pages tell of events that wait in them or never arrive. */
export interface PageReports {
  /** @param origin as it stands on the list of allowed origins @returns how many reports there were for the same */
  add(origin: string, report: PageReport): number;
  /** Since the relay started, in this process. */
  totals(): PageTotals[];
}

/** What the pages of one entry of the list have told for one reason. */
export interface PageTotals {
  readonly state: 'waiting' | 'dropped';
  readonly reason: WaitingReason | PageDropReason;
  readonly origin: string;
  /** An event that waits in several pages, one after the other, is told by each. */
  readonly events: number;
  readonly reports: number;
  /** Age of the oldest event that a page told of, milliseconds. */
  readonly oldestMs?: number;
  /** Of the last report, epoch milliseconds. */
  readonly lastAt: number;
}

const waiting = closedSet<WaitingReason>({ no_visitor: true, no_identity: true });
const dropped = closedSet<PageDropReason>({
  expired: true,
  rejected: true,
  too_large: true,
  outbox_full: true,
});

/** Origins are labels of a metric, so they are the entries of the list, never what a page sends. */
export function createPageReports(
  allowedOrigins: readonly string[],
  { clock = systemClock, meter = relayMeter() }: { clock?: Clock; meter?: Meter } = {},
): PageReports {
  const totals = new Map<string, PageTotals>();
  const counters = {
    waiting: meter.createCounter('hubrelay.page.waiting', {
      unit: '{event}',
      description: 'Events that wait in pages, as each page tells once, by reason and origin',
      valueType: ValueType.INT,
    }),
    dropped: meter.createCounter('hubrelay.page.dropped', {
      unit: '{event}',
      description: 'Events that a page let go of, by reason and origin',
      valueType: ValueType.INT,
    }),
  };
  for (const origin of allowedOrigins) {
    for (const reason of waiting) counters.waiting.add(0, { reason, origin });
    for (const reason of dropped) counters.dropped.add(0, { reason, origin });
  }

  return {
    add(origin, report) {
      const { oldestMs } = report;
      let most = 0;
      for (const state of ['waiting', 'dropped'] as const) {
        for (const [name, events] of Object.entries(report[state])) {
          const reason = name as PageTotals['reason'];
          counters[state].add(events, { reason, origin });
          const key = `${state} ${reason} ${origin}`;
          const before = totals.get(key);
          const oldest = Math.max(before?.oldestMs ?? 0, oldestMs ?? 0);
          const reports = (before?.reports ?? 0) + 1;
          most = Math.max(most, reports);
          totals.set(key, {
            ...{ state, reason, origin, reports },
            events: (before?.events ?? 0) + events,
            ...(state === 'waiting' && { oldestMs: oldest }),
            lastAt: clock.now(),
          });
        }
      }
      return most;
    },
    totals: () => [...totals.values()],
  };
}

/** For `/readyz`, which anyone may ask: the list of origins is the owner's. */
export function withoutOrigins(totals: readonly PageTotals[]) {
  const sums = new Map<string, Pick<PageTotals, 'state' | 'reason' | 'events' | 'lastAt'>>();
  for (const { state, reason, events, lastAt } of totals) {
    const before = sums.get(reason);
    sums.set(reason, {
      ...{ state, reason },
      events: events + (before?.events ?? 0),
      lastAt: Math.max(lastAt, before?.lastAt ?? 0),
    });
  }
  return [...sums.values()];
}
