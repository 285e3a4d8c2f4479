import { type BackoffRange, backoffMs, ceilingMs } from '../../delivery/backoff.ts';
import {
  type Attempted,
  type SendResult,
  type SendTools,
  sendEvents,
} from '../../delivery/send-events.ts';
import type { HubSpotEvent } from '../../hubspot/event.ts';
import type { DeadLetter, DeadReason } from '../../outbox/outbox.ts';
import type { Evidence } from '../../outcome.ts';
import type { QueueProducer, ReceivedMessage } from './bindings.ts';
import { eventOf, type MessageBody, sendAll } from './queue-message.ts';

export interface ConsumerTools extends Omit<SendTools, 'deadlineAt'> {
  /** The dead-letter queue. */
  readonly dead: QueueProducer;
  readonly random: () => number;
  /** Age at which an event becomes a dead letter, `expired`. */
  readonly horizonMs: number;
}

/** Of the 15 minutes that a consumer may take: https://developers.cloudflare.com/queues/platform/limits/ */
const BUDGET_MS = 5 * 60_000;

/** A queue gives up after 100 tries at most. These waits add up to more than the horizon of 48 hours. */
const QUEUE_BACKOFF: BackoffRange = { baseMs: 2000, maxMs: 3_600_000 };
/** https://developers.cloudflare.com/queues/configuration/batching-retries/ */
const MAX_DELAY_SECONDS = 43_200;

interface Received extends Attempted {
  readonly event: HubSpotEvent;
  /** One message, or several with the same uuid: resends, or the queue's own repeats. */
  readonly messages: readonly ReceivedMessage[];
}

/** Delivers the events of one batch. Each message ends acknowledged, put off, or, when this throws, with the queue again. */
export async function deliverBatch(messages: readonly ReceivedMessage[], tools: ConsumerTools) {
  const deadlineAt = tools.clock.now() + BUDGET_MS;
  for await (const result of sendEvents(byUuid(messages), { ...tools, deadlineAt })) {
    await settle(result, tools);
  }
}

/** The uuid may be at HubSpot already, from an earlier message: every try counts as a further one. */
function byUuid(messages: readonly ReceivedMessage[]): Received[] {
  const groups = new Map<string, Received>();
  for (const message of messages) {
    const event = eventOf(message.body as MessageBody);
    const known = groups.get(event.uuid);
    const { attempts } = message;
    groups.set(
      event.uuid,
      known
        ? { ...known, messages: [...known.messages, message] }
        : { event, json: JSON.stringify(event), attempts, messages: [message] },
    );
  }
  return [...groups.values()];
}

async function settle({ items, outcome }: SendResult<Received>, tools: ConsumerTools) {
  if (outcome.kind === 'delivered') return ackAll(items);
  if (outcome.kind === 'refused') {
    return bury(items, 'refused_by_hubspot', outcome.error, tools);
  }
  const bornBefore = tools.clock.now() - tools.horizonMs;
  const isOld = (item: Received) => firstAt(item) <= bornBefore;
  await bury(items.filter(isOld), 'expired', outcome.error, tools);
  for (const item of items.filter((item) => !isOld(item))) {
    putOff(item, outcome.notBeforeMs, tools.random);
  }
}

async function bury(
  items: readonly Received[],
  reason: DeadReason,
  error: Evidence,
  { dead, clock }: ConsumerTools,
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

/** Waits at least half of the longest, so that a hundred tries last beyond the horizon. */
function putOff({ messages }: Received, notBeforeMs: number, random: () => number): void {
  for (const message of messages) {
    const failures = message.attempts - 1;
    const leastMs = Math.max(notBeforeMs, ceilingMs(failures, QUEUE_BACKOFF) / 2);
    const seconds = Math.ceil(backoffMs(failures, leastMs, random, QUEUE_BACKOFF) / 1000);
    message.retry({ delaySeconds: Math.min(seconds, MAX_DELAY_SECONDS) });
  }
}

function ackAll(items: readonly Received[]): void {
  for (const { messages } of items) for (const message of messages) message.ack();
}

const firstAt = ({ messages }: Received) =>
  Math.min(...messages.map(({ timestamp }) => timestamp.getTime()));
