import { createLane } from '../../src/delivery/lane.ts';
import { createSuspicion } from '../../src/delivery/suspicion.ts';
import type {
  QueueMessage,
  QueueProducer,
  ReceivedMessage,
} from '../../src/hosts/cloudflare-queues/bindings.ts';
import { consumeEvents } from '../../src/hosts/cloudflare-queues/consume.ts';
import { sendAll } from '../../src/hosts/cloudflare-queues/queue-message.ts';
import { createSuspectShare } from '../../src/hosts/cloudflare-queues/suspect-share.ts';
import { silentLogger } from '../../src/observe/log.ts';
import { noTraces } from '../../src/outbox/event-traces.ts';
import { type Attack, type Attacked, playAttack } from './attacked.ts';
import { fakeQueue } from './fake-queues.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface QueueAttack extends Attack {
  /**
   * Isolates that the consumer runs in: each knows only what it has seen itself.
   * @default 3
   */
  readonly isolates?: number;
  /**
   * Batches under way at once. Cloudflare starts with one and goes up to 250 while there is a backlog.
   * @default 10
   */
  readonly concurrency?: number;
}

const HORIZON_MS = 48 * 3_600_000;

/** The same on Cloudflare Queues: the real consumer, on a queue that hands out batches as Cloudflare's does. */
export function attackQueue(options: QueueAttack): Promise<Attacked> {
  const { isolates: count = 3, concurrency = 10 } = options;
  return playAttack(options, async ({ client, clock, random }) => {
    const isolates = Array.from({ length: count }, () => ({
      lane: createLane(random),
      suspicion: createSuspicion(clock),
      suspectShare: createSuspectShare(),
    }));
    const dead = fakeQueue();
    const queue = timedQueue(clock, concurrency, (batch) => {
      const isolate = isolates[Math.floor(random() * count)] as (typeof isolates)[number];
      return consumeEvents(batch, {
        ...isolate,
        client: () => client,
        clock,
        random,
        queue,
        dead,
        forgotten: { find: async () => () => false, add: nothing, purge: nothing },
        pause: { since: async () => undefined, begin: nothing, end: nothing },
        onCall: () => {},
        traces: noTraces,
        horizonMs: HORIZON_MS,
        log: silentLogger,
      });
    });
    return {
      store: (events) =>
        sendAll(
          queue,
          events.map((event) => ({ kind: 'event', event })),
        ),
      stop: nothing,
    };
  });
}

const nothing = async () => {};

interface Stored {
  readonly body: unknown;
  readonly sentAt: number;
  readonly attempts: number;
  visibleAt: number;
}

/** As in examples/cloudflare-queues/wrangler.toml. */
const MAX_BATCH = 100;
const MAX_BATCH_WAIT_MS = 1000;

/**
 * A queue on a virtual clock. A batch is handed out when it is full or its first message has waited for a second, and there
 * are not too many under way. What a consumer says of a message counts when the batch has ended.
 */
function timedQueue(
  clock: VirtualClock,
  concurrency: number,
  consume: (batch: readonly ReceivedMessage[]) => Promise<void>,
): QueueProducer {
  let messages: Stored[] = [];
  let underWay = 0;
  let callOff = () => {};

  function put(more: readonly Stored[]): void {
    messages = [...messages, ...more].toSorted((a, b) => a.visibleAt - b.visibleAt);
    handOut();
  }

  function handOut(): void {
    callOff();
    const now = clock.now();
    while (underWay < concurrency) {
      const [first] = messages;
      if (first === undefined) return;
      const batch = messages.slice(0, MAX_BATCH).filter(({ visibleAt }) => visibleAt <= now);
      const dueAt = first.visibleAt + MAX_BATCH_WAIT_MS;
      if (batch.length < MAX_BATCH && now < dueAt) {
        callOff = clock.schedule(handOut, dueAt - now);
        return;
      }
      messages = messages.slice(batch.length);
      underWay += 1;
      void give(batch).then((back) => {
        underWay -= 1;
        put(back);
      });
    }
  }

  /** @returns what comes again */
  async function give(batch: readonly Stored[]): Promise<Stored[]> {
    const delays = new Map<Stored, number | undefined>();
    const received = batch.map((message): ReceivedMessage => {
      const attempts = message.attempts + 1;
      const say = (delayMs?: number) =>
        delays.has(message) ? undefined : delays.set(message, delayMs);
      return {
        body: message.body,
        timestamp: new Date(message.sentAt),
        attempts,
        ack: () => say(),
        retry: ({ delaySeconds = 0 } = {}) => say(delaySeconds * 1000),
      };
    });
    await consume(received);
    return batch.flatMap((message) => {
      const delayMs = delays.get(message);
      if (delayMs === undefined) return [];
      return [{ ...message, attempts: message.attempts + 1, visibleAt: clock.now() + delayMs }];
    });
  }

  return {
    async sendBatch(bodies: Iterable<QueueMessage>, { delaySeconds = 0 } = {}) {
      const sentAt = clock.now();
      const visibleAt = sentAt + delaySeconds * 1000;
      put([...bodies].map(({ body }) => ({ body, sentAt, attempts: 0, visibleAt })));
    },
    metrics: async () => ({ backlogCount: messages.length }),
  };
}
