/**
 * The relay on Cloudflare Workers with a Queue between the page and HubSpot, and dead letters in D1.
 * @module
 */
import { Hono } from 'hono';
import { directAcceptor } from '../accept/direct.ts';
import { keepRejected } from '../accept/keep-rejected.ts';
import { adminTokenProblem, requireAdminToken } from '../admin/admin-token.ts';
import { addDeadLetterRoutes } from '../admin/dead-letter-routes.ts';
import { systemClock } from '../clock.ts';
import { EnvReader } from '../config/env-reader.ts';
import { hubspotFromEnv } from '../config/hubspot-from-env.ts';
import { logCall } from '../delivery/log-call.ts';
import { noTraces } from '../event-traces.ts';
import { createHubSpotClient, type HubSpotClient } from '../hubspot/client.ts';
import { createMetrics } from '../metrics.ts';
import { resolveLimits } from '../outbox/limits.ts';
import type { DeadLetter, RejectedEvent } from '../outbox/outbox.ts';
import type {
  D1,
  QueueProducer,
  ReceivedBatch,
  ReceivedMessage,
} from './cloudflare-queues/bindings.ts';
import { type D1DeadLetters, d1DeadLetters } from './cloudflare-queues/d1-dead-letters.ts';
import { d1Tables } from './cloudflare-queues/d1-tables.ts';
import {
  type ForgottenVisitors,
  forgottenVisitors,
} from './cloudflare-queues/forgotten-visitors.ts';
import { queueAcceptor } from './cloudflare-queues/queue-acceptor.ts';
import { deliverBatch } from './cloudflare-queues/queue-consumer.ts';
import { eventOf, type MessageBody, sendAll } from './cloudflare-queues/queue-message.ts';
import { relayFor, textsOf, type WorkerEnv, type WorkerRelayOptions } from './cloudflare-relay.ts';
import { consoleLogger } from './console-logger.ts';

export type { WorkerEnv, WorkerRelayOptions } from './cloudflare-relay.ts';

/** The bindings that wrangler.toml gives, besides the variables of the direct Worker. */
export interface QueuedWorkerEnv extends WorkerEnv {
  /** Producer of the queue of events. */
  readonly EVENT_QUEUE: QueueProducer;
  /** Producer of the dead-letter queue. Its queue's name must end with `dead-letters`. */
  readonly DEAD_LETTER_QUEUE: QueueProducer;
  /** The D1 database of dead letters. */
  readonly DEAD_LETTERS: D1;
  /** A secret of at least 24 characters. Opens `/admin/v1/dead` and the rest of the owner's routes; without it there are none. */
  readonly ADMIN_TOKEN?: string;
}

const { horizonMs, retentionMs, maxRejected } = resolveLimits({});

/**
 * Makes the default export of a Worker that is also the consumer of both of its queues:
 * `export default queuedWorkerRelay({ script })`.
 */
export function queuedWorkerRelay(options: WorkerRelayOptions = {}) {
  const parts = new WeakMap<WorkerEnv, ReturnType<typeof build>>();
  const partsFor = (env: QueuedWorkerEnv) => {
    const built = parts.get(env) ?? build(env, options);
    parts.set(env, built);
    return built;
  };
  return {
    fetch: (request: Request, env: QueuedWorkerEnv): Response | Promise<Response> =>
      partsFor(env).app.fetch(request, env),

    async queue(batch: ReceivedBatch, env: QueuedWorkerEnv): Promise<void> {
      const { client, deadLetters, forgotten } = partsFor(env);
      const messages = await leaveOutForgotten(batch.messages, forgotten);
      if (messages.length === 0) return;
      if (batch.queue.endsWith('dead-letters')) return store(messages, deadLetters);
      await deliverBatch(messages, {
        client: client(),
        clock: systemClock,
        random: Math.random,
        onCall: logCall(consoleLogger),
        traces: noTraces,
        dead: env.DEAD_LETTER_QUEUE,
        horizonMs,
      });
    },

    /** By a cron trigger: deletes what is past its retention. */
    async scheduled(_event: unknown, env: QueuedWorkerEnv): Promise<void> {
      const { deadLetters, forgotten } = partsFor(env);
      await deadLetters.purge({ before: Date.now() - retentionMs });
      await forgotten.purge();
    },
  };
}

function build(env: QueuedWorkerEnv, options: WorkerRelayOptions) {
  const tables = d1Tables(env.DEAD_LETTERS);
  const forgotten = forgottenVisitors(tables, Date.now);
  const deadLetters = d1DeadLetters(tables, { queue: env.EVENT_QUEUE, forgotten, maxRejected });
  const relay = relayFor(env, options, (client, keepShare) => ({
    acceptor: queueAcceptor(env.EVENT_QUEUE, {
      oversized: directAcceptor(client),
      log: consoleLogger,
    }),
    keepRejected: keepRejected({
      share: keepShare,
      bury: (events) => sendRejected(events, env.DEAD_LETTER_QUEUE),
      log: consoleLogger,
      metrics: createMetrics(),
    }),
  }));
  const app = new Hono();
  const adminToken = adminTokenOf(env);
  if (adminToken) app.route('/admin/v1', adminOf(deadLetters, adminToken));
  app.mount('/', (request) => relay.fetch(request, env));
  let client: HubSpotClient | undefined;
  return {
    app,
    deadLetters,
    forgotten,
    client: () => {
      client ??= clientFor(env);
      return client;
    },
  };
}

function adminTokenOf({ ADMIN_TOKEN: token }: QueuedWorkerEnv): string | undefined {
  const problem = token && adminTokenProblem(token);
  if (!problem) return token;
  consoleLogger.error({ problem: `ADMIN_TOKEN ${problem}` }, 'the admin API stays closed');
  return undefined;
}

function adminOf(deadLetters: D1DeadLetters, token: string): Hono {
  const admin = new Hono();
  admin.use(requireAdminToken(token));
  addDeadLetterRoutes(admin, deadLetters, () => {});
  return admin;
}

/** @throws naming the variables that cannot work: the queue then keeps the events and tries again */
function clientFor(env: QueuedWorkerEnv): HubSpotClient {
  const reader = new EnvReader(textsOf(env));
  const hubspot = hubspotFromEnv(reader);
  if (reader.problems.length > 0) throw new Error(reader.problems.join('\n'));
  return createHubSpotClient(hubspot);
}

/** The dead-letter queue takes them off the request's way, and to D1 in batches. */
async function sendRejected(events: readonly RejectedEvent[], queue: QueueProducer) {
  const now = Date.now();
  const letters = events.map(({ event, message }): DeadLetter => {
    const times = { attempts: 0, firstAt: now, lastAt: now };
    return { event, reason: 'rejected_by_policy', error: { message }, ...times };
  });
  await sendAll(
    queue,
    letters.map((letter) => ({ kind: 'dead', letter })),
  );
  return letters.length;
}

/** @returns the messages that may go on */
async function leaveOutForgotten(
  messages: readonly ReceivedMessage[],
  forgotten: ForgottenVisitors,
): Promise<readonly ReceivedMessage[]> {
  const isForgotten = await forgotten.find(messages.map(onItsWay));
  const left = messages.filter((message) => isForgotten(onItsWay(message)));
  if (left.length === 0) return messages;
  for (const message of left) message.ack();
  consoleLogger.info({ events: left.length }, 'left out events of forgotten visitors');
  return messages.filter((message) => !left.includes(message));
}

function onItsWay({ body, timestamp }: ReceivedMessage) {
  const message = body as MessageBody;
  const since = message.kind === 'event' ? timestamp.getTime() : message.letter.firstAt;
  return { event: eventOf(message), since };
}

async function store(messages: readonly ReceivedMessage[], deadLetters: D1DeadLetters) {
  await deadLetters.add(messages.map(letterOf));
  for (const message of messages) message.ack();
}

/** What the consumer buried carries its evidence; what the queue gave up on by itself is a bare event. */
function letterOf({ body, attempts, timestamp }: ReceivedMessage): DeadLetter {
  const message = body as MessageBody;
  if (message.kind === 'dead') return message.letter;
  return {
    event: message.event,
    reason: 'expired',
    error: { message: 'The queue gave up after its last try.' },
    attempts,
    firstAt: timestamp.getTime(),
    lastAt: Date.now(),
  };
}
