import { createCallSlots } from '../../delivery/call-slots.ts';
import { type Gate, type Lane, wishOf } from '../../delivery/lane.ts';
import {
  type Attempted,
  type SendResult,
  type SendTools,
  sendEvents,
} from '../../delivery/send-events.ts';
import type { Suspicion } from '../../delivery/suspicion.ts';
import { eventKey, type HubSpotEvent } from '../../hubspot/event.ts';
import type { Evidence, Retry } from '../../hubspot/outcome.ts';
import type { DeadLetter, DeadReason } from '../../outbox/outbox.ts';
import type { ReceivedMessage } from './bindings.ts';
import { type PutOffTools, putOff, renew } from './put-off.ts';
import { bodyOf, eventOf, type MessageBody, pastOf, sendAll } from './queue-message.ts';
import type { SuspectShare } from './suspect-share.ts';

export interface DeliveryTools
  extends Pick<SendTools, 'client' | 'onCall' | 'traces'>,
    PutOffTools {
  /** What this isolate knows of HubSpot. */
  readonly lane: Lane;
  readonly suspicion: Suspicion;
  readonly suspectShare: SuspectShare;
  /** Age at which an event becomes a dead letter, `expired`. */
  readonly horizonMs: number;
}

/** So many events of a batch go one by one while suspicion is raised. */
const FEW = 32;

/** A Worker has so many calls under way, others wait: https://developers.cloudflare.com/workers/platform/limits/ */
const CALLS_AT_ONCE = 6;

/** Of the 15 minutes that a consumer may take: https://developers.cloudflare.com/queues/platform/limits/ */
const BUDGET_MS = 5 * 60_000;

/** A lot takes so many times as long as one event may, or so long when it is not known yet how long HubSpot takes. */
const TIMEOUTS_OF_A_LOT = { fresh: 3, suspects: 2 };
const UNKNOWN_LOT_MS = 12_000;

interface Received extends Attempted {
  readonly event: HubSpotEvent;
  readonly suspicion: number;
  /** One message, or several of the same event: resends, or the queue's own repeats. */
  readonly messages: readonly ReceivedMessage[];
}

/**
 * Delivers the events of one batch: first those that come out of the queue for the first time, then the others, each of which
 * may be at fault. Each message ends acknowledged, put off, or, when this throws, with the queue again.
 */
export async function deliverBatch(messages: readonly ReceivedMessage[], tools: DeliveryTools) {
  const { lane, clock } = tools;
  const deadlineAt = clock.now() + BUDGET_MS;
  const received = byKey(messages);
  const fresh = received.filter(({ suspicion }) => suspicion === 0);
  const suspects = received.filter(({ suspicion }) => suspicion > 0);
  if (fresh.length > 0) tools.suspectShare.sawFresh(clock.now());
  await deliverLot('fresh', fresh, lane.gate, deadlineAt, tools);
  if (suspects.length > 0) await deliverSuspects(suspects, deadlineAt, tools);
}

/** They hold up the fresh events of the batches behind this one, so they get a share of the time. */
async function deliverSuspects(
  suspects: readonly Received[],
  deadlineAt: number,
  tools: DeliveryTools,
): Promise<void> {
  const { lane, clock, suspectShare } = tools;
  const gate = (now: number) => (lane.isShut() ? lane.gate(now) : lane.suspectGate(now));
  const until = suspectShare.startsAt(clock.now(), lane.isShut());
  if (until > clock.now()) return wait(suspects, until, tools);
  const leastTriedFirst = [...suspects].sort((a, b) => a.attempts - b.attempts);
  const end = suspectShare.begin(clock.now());
  try {
    await deliverLot('suspects', leastTriedFirst, gate, deadlineAt, tools);
  } finally {
    end(clock.now());
  }
}

/** A lot in which events get no answer must not hold up the batches behind it. A probe has all the time there is. */
function endOf(kind: LotKind, deadlineAt: number, { suspicion, clock }: DeliveryTools): number {
  const timeoutMs = suspicion.timeoutMs(1);
  const lotMs = timeoutMs === undefined ? UNKNOWN_LOT_MS : TIMEOUTS_OF_A_LOT[kind] * timeoutMs;
  return Math.min(deadlineAt, clock.now() + lotMs);
}

type LotKind = 'fresh' | 'suspects';

async function deliverLot(
  kind: LotKind,
  items: readonly Received[],
  gateAt: (now: number) => Gate,
  deadlineAt: number,
  tools: DeliveryTools,
): Promise<void> {
  const { lane, suspicion, clock } = tools;
  if (items.length === 0) return;
  const gate = gateAt(clock.now());
  if (gate.kind === 'shut') return wait(items, gate.until, tools);
  const [probe, ...rest] = items as [Received, ...Received[]];
  const sent = gate.kind === 'probe' ? [probe] : items;
  if (gate.kind === 'probe') lane.beginProbe();
  const endsAt = gate.kind === 'open' ? endOf(kind, deadlineAt, tools) : deadlineAt;
  const untried: Received[] = [];
  const onCall: SendTools['onCall'] = (report) => {
    lane.record(report, clock.now());
    suspicion.record(report);
    tools.onCall(report);
  };
  try {
    const run = sendEvents(sent, {
      ...tools,
      onCall,
      deadlineAt: endsAt,
      slots: createCallSlots(() => CALLS_AT_ONCE),
      mayLookCloser: () => lane.mayLookCloser(clock.now()),
      ...(gate.kind === 'open' && { isShut: lane.isShut }),
      isCautious: suspicion.isRaised,
      few: FEW,
      timeoutMs: suspicion.timeoutMs,
    });
    for await (const result of run) {
      const isUntried = !result.wasSent && !result.suspect && clock.now() >= endsAt;
      if (isUntried && kind === 'fresh') untried.push(...result.items);
      else await settle(result, tools);
    }
  } finally {
    if (gate.kind === 'probe') lane.endProbe();
  }
  await renew(
    untried.flatMap(({ messages }) => messages),
    tools,
  );
  if (gate.kind === 'probe') await deliverLot(kind, rest, gateAt, deadlineAt, tools);
}

/** Nothing is sent for them: HubSpot is to be asked later. */
async function wait(items: readonly Received[], until: number, tools: DeliveryTools) {
  const fault = tools.lane.fault() ?? IN_A_MOMENT;
  const { probeAt = until } = { probeAt: until, ...tools.lane.status() };
  const notBeforeMs = Math.max(0, Math.min(until, probeAt) - tools.clock.now());
  const outcome = { ...fault, notBeforeMs };
  await settle({ items, outcome, wasSent: false, mayBeApplied: false }, tools);
}

/** Another batch of this isolate is just finding out. */
const IN_A_MOMENT: Retry = { kind: 'retry', cause: 'server_error', notBeforeMs: 0, error: {} };

/** The event may be at HubSpot already, from an earlier message: every try counts as a further one. */
function byKey(messages: readonly ReceivedMessage[]): Received[] {
  const groups = new Map<string, Received>();
  for (const message of messages) {
    const event = eventOf(bodyOf(message));
    const key = eventKey(event);
    const known = groups.get(key);
    const { attempts } = pastOf(message);
    const mayHaveArrived = known !== undefined || attempts > 1;
    const suspicion = attempts > 1 ? 2 : 0;
    groups.set(
      key,
      known
        ? { ...known, mayHaveArrived, messages: [...known.messages, message] }
        : {
            event,
            json: JSON.stringify(event),
            attempts,
            suspicion,
            mayHaveArrived,
            messages: [message],
          },
    );
  }
  return [...groups.values()];
}

async function settle({ items, outcome }: SendResult<Received>, tools: DeliveryTools) {
  if (outcome.kind === 'delivered') return ackAll(items);
  if (outcome.kind === 'refused') {
    // What came later with the same key may be the event corrected: it has a call of its own.
    const corrected = items.flatMap((item) => item.messages.filter((one) => !isOf(item, one)));
    await bury(items.map(withoutCorrected), 'refused_by_hubspot', outcome.error, tools);
    return putOff(corrected, { notBeforeMs: 0, isPaused: false }, tools);
  }
  const isPaused = outcome.kind === 'pause';
  const bornBefore = tools.clock.now() - tools.horizonMs;
  const isOver = (item: Received) => !isPaused && chanceSince(item) <= bornBefore;
  await bury(items.filter(isOver), 'expired', outcome.error, tools);
  const waiting = items.filter((item) => !isOver(item)).flatMap(({ messages }) => messages);
  await putOff(waiting, { notBeforeMs: wishOf(outcome), isPaused }, tools);
}

async function bury(
  items: readonly Received[],
  reason: DeadReason,
  error: Evidence,
  { dead, clock }: DeliveryTools,
): Promise<void> {
  const bodies = items.map((item): MessageBody => {
    const { event, attempts } = item;
    const times = { firstAt: firstAt(item), lastAt: clock.now() };
    return {
      kind: 'dead',
      letter: { event, reason, error, attempts, ...times } satisfies DeadLetter,
    };
  });
  await sendAll(dead, bodies);
  ackAll(items);
}

const isOf = ({ json }: Received, message: ReceivedMessage) =>
  JSON.stringify(eventOf(bodyOf(message))) === json;

function withoutCorrected(item: Received): Received {
  return { ...item, messages: item.messages.filter((message) => isOf(item, message)) };
}

function ackAll(items: readonly Received[]): void {
  for (const { messages } of items) for (const message of messages) message.ack();
}

const firstAt = ({ messages }: Received) =>
  Math.min(...messages.map((message) => pastOf(message).since));

/** Since when HubSpot could have taken the event: the horizon is not for pauses. */
const chanceSince = (item: Received) =>
  Math.max(firstAt(item), ...item.messages.map((message) => pastOf(message).pausedAt ?? 0));
