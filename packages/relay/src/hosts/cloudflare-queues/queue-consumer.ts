import {
  type Attempted,
  type SendResult,
  type SendTools,
  sendEvents,
} from '../../delivery/send-events.ts';
import { eventKey, type HubSpotEvent } from '../../hubspot/event.ts';
import type { DeadLetter, DeadReason } from '../../outbox/outbox.ts';
import type { Evidence } from '../../outcome.ts';
import type { ReceivedMessage } from './bindings.ts';
import { type PutOffTools, putOff } from './put-off.ts';
import { bodyOf, eventOf, type MessageBody, pastOf, sendAll } from './queue-message.ts';

export interface DeliveryTools extends Omit<SendTools, 'deadlineAt'>, PutOffTools {
  /** Age at which an event becomes a dead letter, `expired`. */
  readonly horizonMs: number;
}

/** Of the 15 minutes that a consumer may take: https://developers.cloudflare.com/queues/platform/limits/ */
const BUDGET_MS = 5 * 60_000;

interface Received extends Attempted {
  readonly event: HubSpotEvent;
  /** One message, or several of the same event: resends, or the queue's own repeats. */
  readonly messages: readonly ReceivedMessage[];
}

/** Delivers the events of one batch. Each message ends acknowledged, put off, or, when this throws, with the queue again. */
export async function deliverBatch(messages: readonly ReceivedMessage[], tools: DeliveryTools) {
  const deadlineAt = tools.clock.now() + BUDGET_MS;
  for await (const result of sendEvents(byKey(messages), { ...tools, deadlineAt })) {
    await settle(result, tools);
  }
}

/** The event may be at HubSpot already, from an earlier message: every try counts as a further one. */
function byKey(messages: readonly ReceivedMessage[]): Received[] {
  const groups = new Map<string, Received>();
  for (const message of messages) {
    const event = eventOf(bodyOf(message));
    const key = eventKey(event);
    const known = groups.get(key);
    const { attempts } = pastOf(message);
    groups.set(
      key,
      known
        ? { ...known, messages: [...known.messages, message] }
        : { event, json: JSON.stringify(event), attempts, messages: [message] },
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
  await putOff(waiting, { notBeforeMs: outcome.notBeforeMs, isPaused }, tools);
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
