import { vi } from 'vitest';
import type {
  QueueMessage,
  QueueProducer,
  ReceivedBatch,
  ReceivedMessage,
} from '../../src/hosts/cloudflare-queues/bindings.ts';

export interface SimulatedQueue extends QueueProducer {
  /** How many messages it deleted because no consumer took them in time. */
  readonly lost: () => number;
}

export interface SimulatedQueues {
  readonly events: SimulatedQueue;
  readonly dead: SimulatedQueue;
  /** Lets time pass, of the faked `Date`, and hands each message out when its time comes. */
  pass(ms: number, consume: (batch: ReceivedBatch) => Promise<void>): Promise<void>;
}

export interface QueueLimits {
  readonly retentionMs: number;
  readonly maxRetries: number;
  /** When a consumer throws. */
  readonly retryDelayMs: number;
}

interface Stored {
  readonly body: unknown;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly attempts: number;
}

const MAX_BATCH = 100;

/** Two of Cloudflare's queues, as far as they may lose a message: tries, delays, retention. */
export function simulatedQueues(limits: QueueLimits): SimulatedQueues {
  const dead = simulateQueue('hubrelay-dead-letters', limits);
  const events = simulateQueue('hubrelay-events', limits, dead.queue);
  const both = [events, dead];

  return {
    events: events.queue,
    dead: dead.queue,
    async pass(ms, consume) {
      const end = Date.now() + ms;
      for (;;) {
        const next = Math.min(...both.map((one) => one.nextAt()));
        if (next > end) break;
        vi.setSystemTime(Math.max(next, Date.now()));
        for (const one of both) await one.handOut(consume);
      }
      vi.setSystemTime(end);
    },
  };
}

function simulateQueue(name: string, limits: QueueLimits, deadLetters?: QueueProducer) {
  let messages: Stored[] = [];
  let lost = 0;

  async function put(messages_: Iterable<QueueMessage>, delaySeconds = 0): Promise<void> {
    const sentAt = Date.now();
    const visibleAt = sentAt + delaySeconds * 1000;
    for (const { body } of messages_) {
      messages.push({ body: structuredClone(body), sentAt, visibleAt, attempts: 0 });
    }
  }

  const queue: SimulatedQueue = {
    sendBatch: (batch, options) => put(batch, options?.delaySeconds),
    metrics: async () => ({ backlogCount: messages.length }),
    lost: () => lost,
  };

  function deleteOld(): void {
    const kept = messages.filter(({ sentAt }) => Date.now() - sentAt < limits.retentionMs);
    lost += messages.length - kept.length;
    messages = kept;
  }

  /** What the consumer says first counts; what it says nothing about is done, unless it throws. */
  async function giveTo(consume: (batch: ReceivedBatch) => Promise<void>, taken: Stored[]) {
    const retryInMs = new Map<Stored, number | undefined>();
    const received = taken.map((message): ReceivedMessage => {
      const say = (delayMs: number | undefined) => {
        if (!retryInMs.has(message)) retryInMs.set(message, delayMs);
      };
      return {
        body: structuredClone(message.body),
        timestamp: new Date(message.sentAt),
        attempts: message.attempts + 1,
        ack: () => say(undefined),
        retry: ({ delaySeconds = 0 } = {}) => say(delaySeconds * 1000),
      };
    });
    const outcome = await consume({ queue: name, messages: received }).catch(() => 'thrown');
    for (const message of taken) {
      const unsaid = outcome === 'thrown' ? limits.retryDelayMs : undefined;
      const delayMs = retryInMs.has(message) ? retryInMs.get(message) : unsaid;
      if (delayMs !== undefined) await giveBack(message, delayMs);
    }
  }

  async function giveBack(message: Stored, delayMs: number): Promise<void> {
    const attempts = message.attempts + 1;
    if (attempts <= limits.maxRetries) {
      messages.push({ ...message, attempts, visibleAt: Date.now() + delayMs });
    } else if (deadLetters) {
      await deadLetters.sendBatch([{ body: message.body, contentType: 'json' }]);
    } else lost += 1;
  }

  return {
    queue,
    nextAt: () => Math.min(...messages.map(({ visibleAt }) => visibleAt)),
    async handOut(consume: (batch: ReceivedBatch) => Promise<void>) {
      deleteOld();
      const taken = messages.filter(({ visibleAt }) => visibleAt <= Date.now()).slice(0, MAX_BATCH);
      messages = messages.filter((message) => !taken.includes(message));
      if (taken.length > 0) await giveTo(consume, taken);
    },
  };
}
