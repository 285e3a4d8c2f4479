import type { Clock } from '../../core/clock.ts';
import { type BackoffRange, backoffMs, ceilingMs } from '../../delivery/backoff.ts';
import type { QueueProducer, ReceivedMessage } from './bindings.ts';
import { bodyOf, type MessageBody, pastOf, sendAll } from './queue-message.ts';

export interface PutOffTools {
  /** The queue that the messages came from. */
  readonly queue: QueueProducer;
  /** The dead-letter queue. */
  readonly dead: QueueProducer;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface Wait {
  /** What HubSpot asked for, milliseconds. */
  readonly notBeforeMs: number;
  /** No event is at fault, and none may expire of it. */
  readonly isPaused: boolean;
}

/** Nothing can be delivered now, and it is not known for how long. */
export const PAUSED: Wait = { notBeforeMs: 0, isPaused: true };

/**
 * A queue gives up on a message after 100 tries, and deletes it when its retention has passed: 24 hours on the free plan, the
 * longest delay of a try included. https://developers.cloudflare.com/queues/platform/limits/
 */
const MAX_TRIES = 50;
const MAX_AGE_MS = 6 * 3_600_000;

/** For as long an event waits, pauses included. The list of forgotten visitors counts on it. */
export const MAX_WAIT_MS = 14 * 86_400_000;

const QUEUE_BACKOFF: BackoffRange = { baseMs: 2000, maxMs: 3_600_000 };
/** https://developers.cloudflare.com/queues/configuration/batching-retries/ */
const MAX_DELAY_SECONDS = 43_200;

/**
 * Later again, however often: a message that the queue would not keep for much longer is replaced by a new one, at last by
 * one in the dead-letter queue.
 */
export async function putOff(
  messages: readonly ReceivedMessage[],
  wait: Wait,
  tools: PutOffTools,
): Promise<void> {
  const now = tools.clock.now();
  const isWorn = ({ attempts, timestamp }: ReceivedMessage) =>
    attempts >= MAX_TRIES || now - timestamp.getTime() >= MAX_AGE_MS;
  const isLate = (message: ReceivedMessage) => now - pastOf(message).since >= MAX_WAIT_MS;
  const worn = messages.filter(isWorn);
  await replace(worn.filter(isLate), tools.dead, wait, tools);
  await replace(
    worn.filter((one) => !isLate(one)),
    tools.queue,
    wait,
    tools,
  );
  for (const message of messages.filter((one) => !isWorn(one))) {
    message.retry({ delaySeconds: delaySeconds(message, wait, tools) });
  }
}

/** Into the queue again as they were: their turn did not come, so nothing is known against them. */
export async function renew(
  messages: readonly ReceivedMessage[],
  { queue }: PutOffTools,
): Promise<void> {
  const bodies = messages.map((message): MessageBody => {
    const past = pastOf(message);
    return { ...bodyOf(message), past: { ...past, attempts: past.attempts - 1 } };
  });
  await sendAll(queue, bodies);
  for (const message of messages) message.ack();
}

/** First the new ones, then gone: after a crash between the two the uuid keeps it one event at HubSpot. */
async function replace(
  messages: readonly ReceivedMessage[],
  queue: QueueProducer,
  wait: Wait,
  tools: PutOffTools,
): Promise<void> {
  if (messages.length === 0) return;
  const pausedAt = wait.isPaused ? { pausedAt: tools.clock.now() } : {};
  const bodies = messages.map((message): MessageBody => {
    return { ...bodyOf(message), past: { ...pastOf(message), ...pausedAt } };
  });
  const delays = messages.map((message) => delaySeconds(message, wait, tools));
  await sendAll(queue, bodies, Math.max(...delays));
  for (const message of messages) message.ack();
}

/** Half of the longest at least: every try is paid for. */
function delaySeconds(
  message: ReceivedMessage,
  { notBeforeMs }: Wait,
  { random }: PutOffTools,
): number {
  const failures = pastOf(message).attempts - 1;
  const leastMs = Math.max(notBeforeMs, ceilingMs(failures, QUEUE_BACKOFF) / 2);
  const seconds = Math.ceil(backoffMs(failures, leastMs, random, QUEUE_BACKOFF) / 1000);
  return Math.min(seconds, MAX_DELAY_SECONDS);
}
