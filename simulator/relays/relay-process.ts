import { deliverDirectly } from '../../packages/relay/src/accept/deliver-directly.ts';
import { createRelay } from '../../packages/relay/src/create-relay.ts';
import type { Deliverer } from '../../packages/relay/src/delivery/deliverer.ts';
import {
  type QueuedDelivery,
  startQueuedDelivery,
} from '../../packages/relay/src/hosts/node/queued-delivery.ts';
import { createHubSpotClient } from '../../packages/relay/src/hubspot/client.ts';
import { accessToken } from '../../packages/relay/src/hubspot/credential.ts';
import type { LogFields, Logger } from '../../packages/relay/src/observe/log.ts';
import type { HubSpot } from '../hubspot/hubspot.ts';
import type { Random } from '../time/random.ts';
import type { Scheduler } from '../time/scheduler.ts';
import type { Trace } from '../time/trace.ts';
import { createLife, type Life } from './life.ts';
import type { Storage } from './storage.ts';

/** A relay on a machine of its own: what a process manager starts again and again. */
export interface RelayProcess {
  readonly name: string;
  readonly isUp: boolean;
  /** Absent in direct mode, and when it is down. */
  readonly deliverer: Deliverer | undefined;
  start(): void;
  /** `kill -9` */
  kill(): void;
  /** SIGTERM: drains, then ends. */
  stop(): Promise<void>;
  /** Stops, and starts with the tokens it has been given. */
  restart(): void;
  /** The machine's clock is set. */
  stepClock(ms: number): void;
  /** What it is given at its next start. */
  tokens: readonly [token: string, previous?: string];
  /** undefined when it takes no connection; resolves to undefined when it dies over the request. */
  fetch(body: string): Promise<Response | undefined> | undefined;
  /** Since when it has been up, epoch milliseconds; undefined when it is down. */
  readonly upSince: number | undefined;
  /** How far its clock is from the true time, milliseconds. */
  readonly skewMs: number;
  /** What `/readyz` says; undefined when it dies over the request, or is down. */
  readiness(): Promise<Readiness | undefined>;
}

/** The part of `/readyz` that is judged. */
export interface Readiness {
  readonly ready: boolean;
  readonly lane: { readonly state: string; readonly cause?: string; readonly probeAt?: number };
}

export interface RelayTools {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly hubspot: HubSpot;
  /** Without it events are delivered before the page is answered. */
  readonly storage: Storage | undefined;
  readonly pollMs: number;
  readonly onDeath: () => void;
}

export const ORIGIN = 'https://shop.example';
const RELAY = 'https://relay.example';
const HEADERS = { origin: ORIGIN, 'content-type': 'text/plain;charset=UTF-8' };
const DRAIN_MS = 10_000;
/** As a Node relay has them by default. */
const DEFAULTS = { maxWaitMs: 900_000, keepRejectedShare: 0 };

interface Running {
  readonly life: Life;
  readonly startedAt: number;
  readonly queued?: QueuedDelivery;
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

export function createRelayProcess(name: string, tools: RelayTools): RelayProcess {
  const { scheduler, trace, hubspot, storage, onDeath } = tools;
  let running: Running | undefined;
  let isStopping = false;
  let skewMs = 0;
  let starts = 0;

  function begin(): Running {
    starts += 1;
    const life = createLife(scheduler, () => skewMs);
    const random = tools.random.fork(`start ${starts}`).next;
    const { clock } = life;
    const log = logTo(trace, name);
    const fetch = hubspot.connect();
    const client = createHubSpotClient({
      credential: accessToken(...process.tokens),
      clock,
      fetch: (...call) => life.hear(fetch(...call)),
    });
    const common = { allowedOrigins: [ORIGIN], hubId: '123', clock, log };
    const startedAt = scheduler.now();
    if (storage === undefined) {
      const direct = deliverDirectly(client, log, { clock, random });
      return { life, startedAt, fetch: createRelay({ ...common, ...direct }).fetch };
    }
    const queued = startQueuedDelivery({
      ...DEFAULTS,
      storage: { outbox: storage.open(life), problem: async () => undefined },
      client,
      log,
      clock,
      random,
      pollMs: tools.pollMs,
    });
    const { acceptor, readiness } = queued;
    return {
      life,
      startedAt,
      queued,
      fetch: createRelay({ ...common, acceptor, readiness }).fetch,
    };
  }

  /** Resolves to undefined when the process dies over the request. */
  function answer({ life, fetch }: Running, request: Request): Promise<Response | undefined> {
    return Promise.race([life.hear(Promise.resolve(fetch(request))), life.over]);
  }

  function end(): void {
    if (running === undefined) return;
    running.life.end();
    storage?.release(running.life);
    running = undefined;
    isStopping = false;
    onDeath();
  }

  const process: RelayProcess = {
    name,
    tokens: ['token-1'],
    get isUp() {
      return running !== undefined;
    },
    get deliverer() {
      return running?.queued?.deliverer;
    },
    start() {
      if (trace.isOn) trace.note(name, 'starts');
      running ??= begin();
    },
    kill() {
      if (trace.isOn) trace.note(name, 'is killed');
      end();
    },
    async stop() {
      if (trace.isOn) trace.note(name, 'is told to stop');
      const stopped = running;
      isStopping = true;
      await stopped?.queued?.stop(DRAIN_MS);
      if (stopped !== undefined && stopped === running) end();
      if (trace.isOn) trace.note(name, 'has stopped');
    },
    restart: () => void process.stop().then(process.start),
    stepClock(ms) {
      if (trace.isOn) trace.note(name, `has its clock set by ${ms} ms`);
      skewMs += ms;
    },
    fetch(body) {
      if (running === undefined || isStopping) return undefined;
      return answer(
        running,
        new Request(`${RELAY}/v1/events`, { method: 'POST', headers: HEADERS, body }),
      );
    },
    get upSince() {
      return running?.startedAt;
    },
    get skewMs() {
      return skewMs;
    },
    async readiness() {
      const response = running && (await answer(running, new Request(`${RELAY}/readyz`)));
      return response && ((await response.json()) as Readiness);
    },
  };
  return process;
}

function logTo(trace: Trace, name: string): Logger {
  const write = (level: string) => (fields: LogFields, message: string) => {
    if (trace.isOn) trace.note(name, `${level}: ${message} ${JSON.stringify(fields, readable)}`);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** An error has no enumerable properties, so JSON would show nothing of it. */
function readable(_: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
