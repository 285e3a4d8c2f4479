import { MAX_EVENTS_PER_REQUEST } from '@hubrelay/protocol';
import { type Clock, sleep, steadyClock, systemClock } from '../core/clock.ts';
import { createCallPace } from '../delivery/call-pace.ts';
import { createLane, type LaneStatus, wishOf as wishOfFault } from '../delivery/lane.ts';
import {
  type Attempted,
  type CallReport,
  FEW,
  type SendResult,
  type SendTools,
  sendEvents,
} from '../delivery/send-events.ts';
import { createSuspicion } from '../delivery/suspicion.ts';
import type { HubSpotClient } from '../hubspot/client.ts';
import type { HubSpotEvent } from '../hubspot/event.ts';
import type { Pause, Retry } from '../hubspot/outcome.ts';
import { noTraces } from '../outbox/event-traces.ts';
import type { Acceptance, Acceptor, NotNow, RefusedEvent } from './acceptor.ts';
import { rememberFailed, rememberSettled, type Settled } from './settled-events.ts';

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
   * @default none
   */
  readonly onCall?: (report: CallReport) => void;
  /** @default the runtime's */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
}

/** An acceptor that knows how HubSpot does. */
export interface DirectAcceptor extends Acceptor {
  status(): LaneStatus;
}

/**
 * Delivers before it answers: for relays without durable storage, where the page's own outbox keeps the events until then.
 * When only a part gets through, the sender is told to send everything again: docs/decisions/resends-in-direct-mode.md.
 *
 * What happens to one visitor's request says little about HubSpot: others go on until the events of several have failed with
 * no success in between. docs/decisions/who-is-at-fault.md
 */
export function directAcceptor(client: HubSpotClient, options: DirectOptions = {}): DirectAcceptor {
  const { deadlineMs, quickRetryMs, maxRemembered, onCall, clock, random } =
    resolveOptions(options);
  const settled = rememberSettled(maxRemembered);
  const failed = rememberFailed(maxRemembered);
  const lane = createLane(random);
  const suspicion = createSuspicion(clock);
  const pace = createCallPace(clock);

  function record(report: CallReport): void {
    lane.record(report, clock.now());
    suspicion.record(report);
    onCall(report);
  }

  async function sendTwice(items: readonly Resend[]): Promise<Result[]> {
    const deadlineAt = clock.now() + deadlineMs * CALL_SHARE;
    const endAt = clock.now() + deadlineMs;
    const tools: SendTools = {
      client,
      clock,
      onCall: record,
      traces: noTraces,
      deadlineAt,
      endAt,
      pace,
      mayLookCloser: () => lane.mayLookCloser(clock.now()),
      isCautious: suspicion.isRaised,
      few: MAX_EVENTS_PER_REQUEST,
      // One request is one page, and half of all pages may be at fault.
      maxWitnesses: 1,
      maxFailures: FEW,
      timeoutMs: suspicion.timeoutMs,
    };
    const first = await collect(sendEvents(items, tools));
    const retries = first.filter(({ outcome }) => outcome.kind === 'retry');
    const waitMs = Math.max(random() * quickRetryMs, longestWish(retries));
    const isTooLong = waitMs > quickRetryMs || clock.now() + waitMs >= deadlineAt;
    if (retries.length === 0 || isTooLong || lane.isInDoubt()) return first;
    await sleep(clock, waitMs);
    const rest = first.filter(({ outcome }) => outcome.kind !== 'retry');
    // They failed alone or were not sent: neither is news about HubSpot.
    const again = retries.flatMap((result) => result.items.map(asSuspect));
    return [...rest, ...(await collect(sendEvents(again, tools)))];
  }

  /** Whether these events may be sent now; a probe is made of events that did not fail before, as long as there are some. */
  function gateFor(isSuspect: boolean, now: number) {
    const gate = lane.gate(now);
    if (gate.kind !== 'probe' || !isSuspect) return gate;
    const { probeAt = now } = { probeAt: now, ...lane.status() };
    return now - probeAt > NO_OTHERS_MS || now < probeAt
      ? gate
      : ({ kind: 'shut', until: now + MIN_RETRY_AFTER_MS } as const);
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
      const now = clock.now();
      const times = open.map((event) => failed.notBefore(event));
      const wishMs = longestOf(times.map((time = now) => time - now));
      // Unless the clock was set back, HubSpot wants to be asked about one of them later.
      if (wishMs > 0 && wishMs <= MAX_RETRY_AFTER_MS) return notNow(wishMs);
      const items = open.map((event, index) => asResend(event, times[index] !== undefined));
      const gate = gateFor(
        times.some((time) => time !== undefined),
        now,
      );
      // A probe that is under way ends soon, at an unknown time.
      if (gate.kind === 'shut') return notNow(Number.isFinite(gate.until) ? gate.until - now : 0);
      if (gate.kind === 'probe') lane.beginProbe();
      const results = await sendTwice(items).finally(() => {
        if (gate.kind === 'probe') lane.endProbe();
      });
      const done = results.flatMap(settledOf);
      if (done.length === open.length) return sent([...known, ...done]);
      done.forEach(settled.add);
      for (const { items, outcome, suspect } of results) {
        const notBeforeAt = clock.now() + wishOf(outcome);
        if (suspect) for (const { event } of items) failed.add(event, notBeforeAt);
      }
      return notNow(longestWish(results));
    },
    status: lane.status,
  };
}

interface Resend extends Attempted {
  readonly event: HubSpotEvent;
  readonly suspicion: number;
}

/** Share of the deadline in which calls begin; the rest is for the last answer. */
const CALL_SHARE = 2 / 3;

/** When no other event has come for so long, a probe is made of one that failed before. */
const NO_OTHERS_MS = 30_000;

type Result = SendResult<Resend>;

async function collect(results: AsyncIterable<Result>): Promise<Result[]> {
  const all: Result[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** Only the page knows whether it sent an event before, so each may have been. */
function asResend(event: HubSpotEvent, hasFailed: boolean): Resend {
  const suspicion = hasFailed ? 2 : 0;
  return { event, json: JSON.stringify(event), attempts: 1, mayHaveArrived: true, suspicion };
}

const asSuspect = (item: Resend): Resend => ({ ...item, suspicion: 2 });

function settledOf({ items, outcome }: Result): Settled[] {
  const isSettled = outcome.kind === 'delivered' || outcome.kind === 'refused';
  return isSettled ? items.map(({ event }) => ({ event, outcome })) : [];
}

/** What HubSpot asked for, milliseconds; 0 when it did not. */
function longestWish(results: readonly Result[]): number {
  return longestOf(results.map(({ outcome }) => wishOf(outcome)));
}

const longestOf = (waits: readonly number[]) => waits.reduce((a, b) => Math.max(a, b), 0);

function wishOf(outcome: Result['outcome']): number {
  return isUnfinished(outcome) ? wishOfFault(outcome) : 0;
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
    clock: steadyClock(options.clock ?? systemClock),
    random: options.random ?? Math.random,
  };
}
