import type { HubSpotClient } from '../../hubspot/client.ts';
import type { Logger } from '../../observe/log.ts';
import { NO_ROOM } from '../../outbox/limits.ts';
import type { DeadLetter } from '../../outbox/outbox.ts';
import type { ReceivedMessage } from './bindings.ts';
import type { D1DeadLetters } from './d1-dead-letters.ts';
import type { D1Pause } from './d1-pause.ts';
import type { Forgotten } from './forgotten.ts';
import { PAUSED, type PutOffTools, putOff } from './put-off.ts';
import { type DeliveryTools, deliverBatch } from './queue-consumer.ts';
import { bodyOf, eventOf, isReadable, pastOf } from './queue-message.ts';

export interface EventConsumer extends Omit<DeliveryTools, 'client'> {
  /** @throws when the Worker is misconfigured */
  readonly client: () => HubSpotClient;
  readonly forgotten: Forgotten;
  readonly pause: D1Pause;
  readonly log: Logger;
}

/**
 * Delivers what comes out of the queue of events. What the owner ordered, to wait or to leave a visitor out, stands in D1: as
 * long as it is not known, as while the Worker is misconfigured, the events wait.
 */
export async function consumeEvents(
  batch: readonly ReceivedMessage[],
  consumer: EventConsumer,
): Promise<void> {
  const { log } = consumer;
  const received = readable(batch, log);
  const orders = await ordersFor(received, consumer).catch((error) => {
    log.error({ err: error, events: received.length }, 'cannot deliver now');
  });
  if (orders === undefined) return putOff(received, PAUSED, consumer);
  const { client, isForgotten, pausedAt } = orders;
  const messages = leaveOut(received, isForgotten, log);
  for (const message of received) if (!messages.includes(message)) message.ack();
  if (pausedAt !== undefined) {
    log.info({ events: messages.length }, 'an operator has paused delivery');
    return putOff(messages, PAUSED, consumer);
  }
  if (messages.length > 0) await deliverBatch(messages, { ...consumer, client });
}

async function ordersFor(messages: readonly ReceivedMessage[], consumer: EventConsumer) {
  const { client, forgotten, pause } = consumer;
  const isForgotten = await findForgotten(messages, forgotten);
  return { client: client(), isForgotten, pausedAt: await pause.since() };
}

export interface DeadConsumer extends PutOffTools {
  readonly deadLetters: D1DeadLetters;
  readonly forgotten: Forgotten;
  readonly log: Logger;
}

/** Takes what comes out of the dead-letter queue to D1. */
export async function consumeDead(
  batch: readonly ReceivedMessage[],
  consumer: DeadConsumer,
): Promise<void> {
  const { deadLetters, forgotten, clock, log } = consumer;
  const received = readable(batch, log);
  try {
    const isForgotten = await findForgotten(received, forgotten);
    const messages = leaveOut(received, isForgotten, log);
    const dropped = await deadLetters.add(
      messages.map((message) => letterOf(message, clock.now())),
    );
    for (const [reason, events] of Object.entries(dropped)) {
      if (events > 0) log.error({ events, reason }, NO_ROOM);
    }
    for (const message of received) message.ack();
  } catch (error) {
    log.error({ err: error, events: received.length }, 'cannot keep dead letters now');
    await putOff(received, PAUSED, consumer);
  }
}

/** What holds no event is acknowledged: it would come again for ever, and keep the others of its batch from going on. */
function readable(batch: readonly ReceivedMessage[], log: Logger): readonly ReceivedMessage[] {
  const messages = batch.filter(isReadable);
  const others = batch.filter((message) => !messages.includes(message));
  for (const message of others) message.ack();
  if (others.length > 0) {
    log.error({ messages: others.length }, 'deleted messages that the relay did not send');
  }
  return messages;
}

type IsForgotten = (message: ReceivedMessage) => boolean;

async function findForgotten(
  messages: readonly ReceivedMessage[],
  forgotten: Forgotten,
): Promise<IsForgotten> {
  const isForgotten = await forgotten.find(messages.map(onItsWay));
  return (message) => isForgotten(onItsWay(message));
}

function onItsWay(message: ReceivedMessage) {
  const body = bodyOf(message);
  const since = body.kind === 'event' ? pastOf(message).since : body.letter.firstAt;
  return { event: eventOf(body), since };
}

/** @returns the messages that may go on */
function leaveOut(
  messages: readonly ReceivedMessage[],
  isForgotten: IsForgotten,
  log: Logger,
): readonly ReceivedMessage[] {
  const rest = messages.filter((message) => !isForgotten(message));
  const events = messages.length - rest.length;
  if (events > 0) log.info({ events }, 'left out events of forgotten visitors');
  return rest;
}

/** What the consumer buried carries its evidence; what the queue gave up on by itself is a bare event. */
function letterOf(message: ReceivedMessage, now: number): DeadLetter {
  const body = bodyOf(message);
  if (body.kind === 'dead') return body.letter;
  const { since, attempts } = pastOf(message);
  const error = { message: 'The queue gave up after its last try.' };
  return { event: body.event, reason: 'expired', error, attempts, firstAt: since, lastAt: now };
}
