/**
 * The relay on Cloudflare Workers with a Queue between the page and HubSpot, and dead letters in D1.
 * @module
 */
import { Hono } from 'hono';
import { directAcceptor } from '../accept/direct.ts';
import { keepRejected } from '../accept/keep-rejected.ts';
import { adminTokenProblem, requireAdminToken } from '../admin/admin-token.ts';
import { answerAdminErrors } from '../admin/answer-admin-errors.ts';
import { addDeadLetterRoutes } from '../admin/dead-letter-routes.ts';
import { refuseDeliveredRoutes } from '../admin/delivered-routes.ts';
import { refusePendingRoutes } from '../admin/pending-routes.ts';
import { refuseStepRoutes } from '../admin/step-routes.ts';
import { EnvReader } from '../config/env-reader.ts';
import { hubspotFromEnv } from '../config/hubspot-from-env.ts';
import { deadLimitsFromEnv } from '../config/outbox-limits-from-env.ts';
import { policyFromEnv } from '../config/policy-from-env.ts';
import { systemClock } from '../core/clock.ts';
import { createLane } from '../delivery/lane.ts';
import { logCall } from '../delivery/log-call.ts';
import { createMetrics } from '../delivery/metrics.ts';
import { createSuspicion } from '../delivery/suspicion.ts';
import type { Readiness } from '../http/readiness.ts';
import { createHubSpotClient, type HubSpotClient } from '../hubspot/client.ts';
import { noTraces } from '../outbox/event-traces.ts';
import { type DeadLimits, resolveLimits } from '../outbox/limits.ts';
import type { DeadLetter, RejectedEvent } from '../outbox/outbox.ts';
import { cached } from './cached.ts';
import type { D1, QueueProducer, ReceivedBatch } from './cloudflare-queues/bindings.ts';
import { consumeDead, consumeEvents } from './cloudflare-queues/consume.ts';
import { type D1DeadLetters, d1DeadLetters } from './cloudflare-queues/d1-dead-letters.ts';
import { type D1Pause, d1Pause, unlessPaused } from './cloudflare-queues/d1-pause.ts';
import { d1Tables } from './cloudflare-queues/d1-tables.ts';
import { forgottenIn } from './cloudflare-queues/forgotten.ts';
import { queueAcceptor } from './cloudflare-queues/queue-acceptor.ts';
import { sendAll } from './cloudflare-queues/queue-message.ts';
import { queueRetention } from './cloudflare-queues/queue-retention.ts';
import { queueStats } from './cloudflare-queues/queue-stats.ts';
import { createSuspectShare } from './cloudflare-queues/suspect-share.ts';
import { relayFor, type WorkerEnv, type WorkerRelayOptions } from './cloudflare-relay.ts';
import { consoleLogger } from './console-logger.ts';
import { type EdgePlatform, misconfigured, textsOf } from './relay-of-bindings.ts';

export type { WorkerEnv, WorkerRelayOptions } from './cloudflare-relay.ts';

/** The bindings that wrangler.toml gives, besides the variables of the direct Worker. */
export interface QueuedWorkerEnv extends WorkerEnv {
  /** Producer of the queue of events. */
  readonly EVENT_QUEUE: QueueProducer;
  /** Producer of the dead-letter queue. Its queue's name must end with `dead-letters`. */
  readonly DEAD_LETTER_QUEUE: QueueProducer;
  /** The D1 database of dead letters, and of what the owner ordered. */
  readonly DEAD_LETTERS: D1;
  /** The retention that the queue was given, for the warning where it is too short. @default unknown */
  readonly QUEUE_RETENTION_HOURS?: string;
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

    async queue({ queue, messages }: ReceivedBatch, env: QueuedWorkerEnv): Promise<void> {
      const dead = env.DEAD_LETTER_QUEUE;
      const surroundings = { clock: systemClock, random: Math.random, log: consoleLogger };
      const tools = { ...partsFor(env), ...surroundings, dead };
      if (queue.endsWith('dead-letters')) return consumeDead(messages, { ...tools, queue: dead });
      await consumeEvents(messages, {
        ...tools,
        queue: env.EVENT_QUEUE,
        onCall: logCall(consoleLogger),
        traces: noTraces,
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
  const forgotten = forgottenIn(tables, Date.now);
  const pause = d1Pause(tables, Date.now);
  const limits = deadLimitsOf(env);
  const queue = env.EVENT_QUEUE;
  const deadLetters = d1DeadLetters(tables, { queue, forgotten, maxRejected, limits });
  const deliveryFor: EdgePlatform['deliveryFor'] = (client, keepShare) => ({
    acceptor: queueAcceptor(env.EVENT_QUEUE, {
      oversized: unlessPaused(directAcceptor(client, { onCall: logCall(consoleLogger) }), pause),
      log: consoleLogger,
    }),
    keepRejected: keepRejected({
      share: keepShare,
      bury: (events) => sendRejected(events, env.DEAD_LETTER_QUEUE),
      log: consoleLogger,
      metrics: createMetrics(),
    }),
    readiness: cached(READINESS_MS, () => readinessOf(pause)),
  });
  const relay = queuedRelayOf(env, options, deliveryFor);
  const app = new Hono();
  const adminToken = adminTokenOf(env);
  if (adminToken) {
    // What is wrong with the policy the relay itself says.
    const { hubId } = policyFromEnv(new EnvReader(textsOf(env)), options.lock);
    app.route('/admin/v1', adminOf({ env, deadLetters, pause, token: adminToken, hubId }));
  }
  app.mount('/', (request) => relay.fetch(request, env));
  let client: HubSpotClient | undefined;
  return {
    app,
    // What this isolate knows of HubSpot, for all the batches that it gets.
    lane: createLane(Math.random),
    suspicion: createSuspicion(systemClock),
    suspectShare: createSuspectShare(),
    deadLetters,
    forgotten,
    pause,
    client: () => {
      client ??= clientFor(env);
      return client;
    },
  };
}

/** A database of the free plan holds 500 MB. https://developers.cloudflare.com/d1/platform/limits/ */
const DEAD_LIMITS: DeadLimits = { maxDead: 100_000, maxDeadBytes: 256 * 2 ** 20 };

function deadLimitsOf(env: QueuedWorkerEnv): DeadLimits {
  const reader = new EnvReader(textsOf(env));
  const limits = deadLimitsFromEnv(reader, DEAD_LIMITS);
  for (const problem of reader.problems) consoleLogger.error({ problem }, 'the default is used');
  return limits;
}

/** Takes no events where the queue deletes them sooner than they are renewed. */
function queuedRelayOf(
  env: QueuedWorkerEnv,
  options: WorkerRelayOptions,
  deliveryFor: EdgePlatform['deliveryFor'],
): Hono {
  const retention = queueRetention(env.QUEUE_RETENTION_HOURS);
  if ('problem' in retention) return misconfigured([retention.problem]);
  if (retention.warning) consoleLogger.warn({}, retention.warning);
  return relayFor(env, options, { durability: retention.durability, deliveryFor });
}

function adminTokenOf({ ADMIN_TOKEN: token }: QueuedWorkerEnv): string | undefined {
  const problem = token && adminTokenProblem(token);
  if (!problem) return token;
  consoleLogger.error({ problem: `ADMIN_TOKEN ${problem}` }, 'the admin API is disabled');
  return undefined;
}

const UNREADABLE =
  'A Cloudflare queue cannot be read: pending events can be neither listed nor taken out one by one. ' +
  'GET stats counts them, pause holds them, and their dead letters are listed under dead. Purge the queue in the dashboard to drop all.';

const UNREMEMBERED =
  'A Worker remembers no delivered events, so a sample of them cannot be read back: look for an event in HubSpot by its contact.';

const STEPLESS =
  'A Worker remembers no steps of events, since no isolate lives long: its log (wrangler tail) has each call to HubSpot.';

interface AdminParts {
  readonly env: QueuedWorkerEnv;
  readonly deadLetters: D1DeadLetters;
  readonly pause: D1Pause;
  readonly token: string;
  readonly hubId: string | undefined;
}

function adminOf({ env, deadLetters, pause, token, hubId }: AdminParts): Hono {
  const admin = new Hono();
  admin.use(requireAdminToken(token, consoleLogger));
  answerAdminErrors(admin, consoleLogger);
  const stats = () => queueStats({ events: env.EVENT_QUEUE, deadLetters, pause });
  admin.get('/stats', async (c) => c.json({ outbox: await stats() }));
  admin.post('/pause', async (c) => {
    await pause.begin();
    return c.json({ outbox: await stats() });
  });
  admin.post('/resume', async (c) => {
    await pause.end();
    return c.json({ outbox: await stats() });
  });
  refusePendingRoutes(admin, UNREADABLE);
  refuseDeliveredRoutes(admin, UNREMEMBERED);
  refuseStepRoutes(admin, STEPLESS);
  addDeadLetterRoutes(admin, deadLetters, { hubId, onReplay: () => {} });
  return admin;
}

/** Anyone may ask whether the relay is ready, as often as they like; D1 is asked every few seconds. */
const READINESS_MS = 5_000;

/** No isolate knows of the others' calls to HubSpot: what is known stands in D1. */
async function readinessOf(pause: D1Pause): Promise<Readiness> {
  try {
    const since = await pause.since();
    if (since === undefined) return { ready: true, details: { storage: 'ok' } };
    const lane = { state: 'paused', cause: 'operator', since };
    return { ready: false, details: { lane, storage: 'ok' } };
  } catch (error) {
    consoleLogger.error({ err: error }, 'D1 does not answer');
    return { ready: false, details: { storage: 'failing' } };
  }
}

/** @throws naming the variables that cannot work: the queue then keeps the events and tries again */
function clientFor(env: QueuedWorkerEnv): HubSpotClient {
  const reader = new EnvReader(textsOf(env));
  const hubspot = hubspotFromEnv(reader);
  if (reader.problems.length > 0) throw new Error(reader.problems.join('\n'));
  return createHubSpotClient({ ...hubspot, log: consoleLogger });
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
