import type { HubSpotEvent } from '../../hubspot/event.ts';
import type { DeadLetter } from '../../outbox/outbox.ts';
import type { QueueMessage, QueueProducer, ReceivedMessage } from './bindings.ts';

/** What travels in the queues. */
export type MessageBody = (EventBody | DeadBody) & {
  /** Of a message that took the place of an earlier one. */
  readonly past?: Past;
};

interface EventBody {
  readonly kind: 'event';
  readonly event: HubSpotEvent;
}

interface DeadBody {
  readonly kind: 'dead';
  readonly letter: DeadLetter;
}

export interface Past {
  /** When the first message was sent, epoch milliseconds. */
  readonly since: number;
  /** How often the messages came out of the queue. */
  readonly attempts: number;
  /** When delivery was last found paused. */
  readonly pausedAt?: number;
}

/** Whose message it is: every one is about one event. */
export function eventOf(body: MessageBody): HubSpotEvent {
  return body.kind === 'event' ? body.event : body.letter.event;
}

export function bodyOf({ body }: ReceivedMessage): MessageBody {
  return body as MessageBody;
}

/** Whether it is one of the relay's. Anyone with access to the account can put anything into a queue, by hand, too. */
export function isReadable({ body }: ReceivedMessage): boolean {
  const { kind, event, letter } = (body ?? {}) as Record<string, unknown>;
  const about =
    kind === 'event' ? event : (letter as { event?: unknown } | undefined | null)?.event;
  const { uuid, eventName } = (about ?? {}) as Record<string, unknown>;
  return (kind === 'event' || kind === 'dead') && [uuid, eventName].every(isText);
}

const isText = (value: unknown) => typeof value === 'string';

/** The past of a message, this time included. */
export function pastOf(message: ReceivedMessage): Past {
  const { past } = bodyOf(message);
  const attempts = message.attempts + (past?.attempts ?? 0);
  return { since: message.timestamp.getTime(), ...past, attempts };
}

/** https://developers.cloudflare.com/queues/platform/limits/: 128 KB a message, 256 KB and 100 messages a call, with metadata. */
const MAX_MESSAGE_BYTES = 120_000;
const MAX_CALL_BYTES = 240_000;
const MAX_CALL_MESSAGES = 100;
const METADATA_BYTES = 200;

export function fitsMessage(body: MessageBody): boolean {
  return bytesOf(body) <= MAX_MESSAGE_BYTES;
}

/** Sends in as few calls as the limits allow. Some may have been sent when it throws. */
export async function sendAll(
  queue: QueueProducer,
  bodies: readonly MessageBody[],
  delaySeconds?: number,
): Promise<void> {
  for (const call of callsFor(bodies)) {
    await queue.sendBatch(call, delaySeconds === undefined ? {} : { delaySeconds });
  }
}

function callsFor(bodies: readonly MessageBody[]): QueueMessage[][] {
  const calls: QueueMessage[][] = [];
  let room = 0;
  for (const body of bodies) {
    const bytes = bytesOf(body);
    const call = calls.at(-1);
    if (call === undefined || bytes > room || call.length === MAX_CALL_MESSAGES) {
      calls.push([]);
      room = MAX_CALL_BYTES;
    }
    calls.at(-1)?.push({ body, contentType: 'json' });
    room -= bytes;
  }
  return calls;
}

function bytesOf(body: MessageBody): number {
  return new TextEncoder().encode(JSON.stringify(body)).byteLength + METADATA_BYTES;
}
