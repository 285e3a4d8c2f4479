import { type Clock, sleep, systemClock } from '../clock.ts';
import {
  type Attempted,
  type CallReport,
  type SendResult,
  type SendTools,
  sendEvents,
} from '../delivery/send-events.ts';
import { noTraces } from '../event-traces.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Pause, Retry } from '../outcome.ts';
import type { Acceptance, Acceptor, NotNow, RefusedEvent } from './acceptor.ts';
import { rememberSettled, type Settled } from './settled-events.ts';

export interface DirectOptions {
  /**
   * From taking the events to answering, retry and bisection included. A page waits this long at most.
   * @default 15_000
   */
  readonly deadlineMs?: number;
  /**
   * Longest wait before the one quick retry; there is none when HubSpot asks for more.
   * @default 1000
   */
  readonly quickRetryMs?: number;
  /**
   * How many settled events of partly delivered requests are remembered, so that a resend repeats only the rest.
   * @default 10_000
   */
  readonly maxRemembered?: number;
  /**
   * Told of every call to HubSpot.
   * @default nobody
   */
  readonly onCall?: (report: CallReport) => void;
  /** @default the runtime's */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
}

/**
 * Delivers before it answers: for relays without durable storage, where the page's own outbox keeps the events until then.
 * When only a part gets through, the sender is told to send everything again: docs/decisions/resends-in-direct-mode.md.
 */
export function directAcceptor(client: HubSpotClient, options: DirectOptions = {}): Acceptor {
  const { deadlineMs, quickRetryMs, maxRemembered, onCall, clock, random } =
    resolveOptions(options);
  const settled = rememberSettled(maxRemembered);
  let shutUntil = 0;

  async function sendTwice(items: readonly Resend[]): Promise<Result[]> {
    const deadlineAt = clock.now() + deadlineMs;
    const tools: SendTools = { client, clock, onCall, traces: noTraces, deadlineAt };
    const first = await collect(sendEvents(items, tools));
    const failed = first.filter(({ outcome }) => outcome.kind === 'retry');
    const waitMs = Math.max(random() * quickRetryMs, longestWish(failed));
    const isTooLong = waitMs > quickRetryMs || clock.now() + waitMs >= deadlineAt;
    if (failed.length === 0 || isTooLong) return first;
    await sleep(clock, waitMs);
    const rest = first.filter(({ outcome }) => outcome.kind !== 'retry');
    const again = failed.flatMap((result) => result.items);
    return [...rest, ...(await collect(sendEvents(again, tools)))];
  }

  function comeBackIn(waitMs: number): NotNow {
    shutUntil = clock.now() + waitMs;
    return notNow(waitMs);
  }

  return {
    async accept(events) {
      const outcomes = events.map(settled.get);
      const known = events.flatMap((event, index) => {
        const outcome = outcomes[index];
        return outcome ? [{ event, outcome }] : [];
      });
      const open = events.filter((_, index) => outcomes[index] === undefined);
      if (open.length === 0) return sent(known);
      // HubSpot said when it wants to hear from us again; every visitor until then gets the answer without a call.
      if (clock.now() < shutUntil) return notNow(shutUntil - clock.now());
      const results = await sendTwice(open.map(asResend));
      const done = results.flatMap(settledOf);
      if (done.length === open.length) return sent([...known, ...done]);
      done.forEach(settled.add);
      return comeBackIn(longestWish(results));
    },
  };
}

interface Resend extends Attempted {
  readonly event: HubSpotEvent;
}

type Result = SendResult<Resend>;

async function collect(results: AsyncIterable<Result>): Promise<Result[]> {
  const all: Result[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** Only the page knows whether it sent an event before, so each may have been. */
function asResend(event: HubSpotEvent): Resend {
  return { event, json: JSON.stringify(event), attempts: 1 };
}

function settledOf({ items, outcome }: Result): Settled[] {
  const isSettled = outcome.kind === 'delivered' || outcome.kind === 'refused';
  return isSettled ? items.map(({ event }) => ({ event, outcome })) : [];
}

/** What HubSpot asked for, milliseconds; 0 when it did not. */
function longestWish(results: readonly Result[]): number {
  const wishes = results.map(({ outcome }) => wishOf(outcome));
  return Math.max(0, ...wishes);
}

function wishOf(outcome: Result['outcome']): number {
  return isUnfinished(outcome) ? outcome.notBeforeMs : 0;
}

function isUnfinished(outcome: Result['outcome']): outcome is Retry | Pause {
  return outcome.kind === 'retry' || outcome.kind === 'pause';
}

function sent(settled: readonly Settled[]): Acceptance {
  const refused = settled.flatMap(({ event, outcome }): RefusedEvent[] =>
    outcome.kind === 'refused' ? [{ event, error: outcome.error }] : [],
  );
  return { kind: 'sent', refused };
}

const MIN_RETRY_AFTER_MS = 5000;

/** A page that is told to stay away for a day misses the end of the trouble, so it comes to look every hour. */
const MAX_RETRY_AFTER_MS = 3_600_000;

function notNow(waitMs: number): NotNow {
  const retryAfterMs = Math.min(Math.max(waitMs, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS);
  return { kind: 'not_now', reason: 'hubspot_unavailable', retryAfterMs };
}

function resolveOptions(options: DirectOptions): Required<DirectOptions> {
  return {
    deadlineMs: options.deadlineMs ?? 15_000,
    quickRetryMs: options.quickRetryMs ?? 1000,
    maxRemembered: options.maxRemembered ?? 10_000,
    onCall: options.onCall ?? (() => {}),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
